// Package fanouttest starts what tests of graphs and nodes need: a real state manager and a real Redis.
package fanouttest
