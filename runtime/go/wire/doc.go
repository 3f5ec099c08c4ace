// Package wire has what every call needs: addresses, channels and errors. It knows neither nodes nor graphs.
package wire
