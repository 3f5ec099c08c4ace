package graph

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// Error is a mistake in a graph, found when it is built: a bad name or id, an unknown output, a missing input, and the like.
type Error struct {
	// Graph is the name of the graph.
	Graph   string
	Message string
	// Place is the line of the program that made it, such as `sizes.go:31`; empty: none is to blame.
	Place string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("graph %s: %s", e.Graph, e.Message)
	if e.Place != "" {
		text += " (" + e.Place + ")"
	}
	return text
}

var packagePath = reflect.TypeFor[Error]().PkgPath() + "."

// callerPlace is the innermost line outside of this package.
func callerPlace() string {
	var counters [16]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, packagePath) {
			return fmt.Sprintf("%s:%d", path.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// didYouMean is the end of a sentence that names what is near, or what there is.
func didYouMean(wrong string, known []string) string {
	const mostShown = 10
	slices.Sort(known)
	near, nearest := "", 0.5
	for _, name := range known {
		if likeness := likenessOf(strings.ToLower(wrong), strings.ToLower(name)); likeness >= nearest && (near == "" || likeness > nearest) {
			near, nearest = name, likeness
		}
	}
	switch {
	case near != "":
		return fmt.Sprintf(`: did you mean "%s"?`, near)
	case len(known) == 0:
		return ": there are none"
	case len(known) > mostShown:
		return fmt.Sprintf(`: there is "%s" and others`, strings.Join(known[:mostShown], `", "`))
	}
	return fmt.Sprintf(`: there is "%s"`, strings.Join(known, `", "`))
}

// likenessOf is 1 for equal texts, and 0 for those that have nothing in common: 1 less the share of letters to change.
func likenessOf(a, b string) float64 {
	left, right := []rune(a), []rune(b)
	row := make([]int, len(right)+1)
	for at := range row {
		row[at] = at
	}
	for i, letter := range left {
		diagonal := row[0]
		row[0] = i + 1
		for j, other := range right {
			changed := diagonal
			if letter != other {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, diagonal+1)
		}
	}
	return 1 - float64(row[len(right)])/float64(max(1, len(left), len(right)))
}
