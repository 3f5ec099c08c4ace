package graph

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/fanout/fanout/runtime/go/nodes"
)

type schema = nodes.Schema

// fieldsOf are the fields of an object; false: it may have others.
func fieldsOf(of *schema) (map[string]*schema, bool) {
	if of == nil || !slices.Contains(typesOf(of), "object") || of.AdditionalProperties != nil {
		return nil, false
	}
	return of.Properties, true
}

// typesOf are the JSON types that a value may have, but null; integers are numbers. None: any.
func typesOf(of *schema) []string {
	found := of.Types
	if of.Type != "" {
		found = []string{of.Type}
	}
	var types []string
	for _, each := range found {
		if each == "integer" {
			each = "number"
		}
		if each != "null" {
			types = append(types, each)
		}
	}
	return types
}

// fits is false if no value of one schema fits the other, as far as their types tell.
func fits(given, wanted *schema) bool {
	have, want := typesOf(given), typesOf(wanted)
	if len(have) == 0 || len(want) == 0 {
		return true
	}
	common := slices.DeleteFunc(slices.Clone(have), func(each string) bool { return !slices.Contains(want, each) })
	if len(common) == 1 && common[0] == "array" && given.Items != nil && wanted.Items != nil {
		return fits(given.Items, wanted.Items)
	}
	return len(common) > 0
}

// shown is a type for people.
func shown(of *schema) string {
	types := typesOf(of)
	switch {
	case len(types) == 0:
		return "any value"
	case len(types) == 1 && types[0] == "array" && of.Items != nil:
		return "a list of " + shown(of.Items)
	case len(types) == 1 && types[0] == "array":
		return "a list"
	}
	return strings.Join(types, " or ")
}

// typeOf is the schema of the type that a plain value has.
func typeOf(text string) *schema {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return &schema{}
	}
	switch value.(type) {
	case bool:
		return &schema{Type: "boolean"}
	case float64:
		return &schema{Type: "number"}
	case string:
		return &schema{Type: "string"}
	case []any:
		return &schema{Type: "array"}
	case map[string]any:
		return &schema{Type: "object", AdditionalProperties: &schema{}}
	}
	return &schema{}
}

func namesOf[Value any](of map[string]Value) []string { return slices.Sorted(maps.Keys(of)) }
