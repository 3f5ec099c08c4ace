// Package graph builds graphs: they say what follows what, and are checked when they are built.
package graph
