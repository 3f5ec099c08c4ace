"""The wire: addresses, channels, calls and errors. It knows neither nodes nor graphs."""
