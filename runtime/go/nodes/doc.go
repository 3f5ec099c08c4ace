// Package nodes declares nodes, their schemas, and one execution of one of them.
package nodes
