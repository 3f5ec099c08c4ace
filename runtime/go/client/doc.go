// Package client stores graphs, starts runs and tells how they stand.
package client
