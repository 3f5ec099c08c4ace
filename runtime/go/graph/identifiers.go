package graph

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	identifierPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	nodeSuffix        = regexp.MustCompile(`(.)_?Node$`)
	lowerThenUpper    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	upperThenWord     = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
	// reserved are first words of expressions that are no nodes.
	reserved = []string{"store", "trigger", "unite", "__proto__"}
)

// chooseIdentifier makes `data_splitter` of `DataSplitterNode`; when that is taken, `data_splitter_2` ….
func chooseIdentifier(nodeName string, isTaken func(string) bool) string {
	base := nodeSuffix.ReplaceAllString(nodeName, "$1")
	base = lowerThenUpper.ReplaceAllString(base, "${1}_$2")
	base = upperThenWord.ReplaceAllString(base, "${1}_$2")
	base = strings.ToLower(strings.ReplaceAll(base, ".", "_"))
	base = base[:min(len(base), 120)]
	identifier := base
	for number := 2; slices.Contains(reserved, identifier) || isTaken(identifier); number++ {
		identifier = fmt.Sprintf("%s_%d", base, number)
	}
	return identifier
}

// checkIdentifier refuses one that is malformed, reserved or taken.
func checkIdentifier(identifier string, isTaken func(string) bool) error {
	switch {
	case !identifierPattern.MatchString(identifier):
		return fmt.Errorf(`id "%s": must be 1 to 128 of A-Z a-z 0-9 _ -, without dots`, identifier)
	case slices.Contains(reserved, identifier):
		return fmt.Errorf(`id "%s" is reserved: choose another one`, identifier)
	case isTaken(identifier):
		return fmt.Errorf(`id "%s" is taken: two nodes of a graph cannot share one`, identifier)
	}
	return nil
}
