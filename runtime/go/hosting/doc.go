// Package hosting has the stream of a runtime, what is executed and what is reported.
package hosting
