package graph

import (
	"encoding/json"
	"regexp"
	"strings"
)

var fieldPattern = regexp.MustCompile(`^[\p{L}\p{N}_@$-]+$`)

// emptyText is an expression without characters: a string that is nothing but another one, beside it, is text, and keeps no JSON type.
const emptyText = "${{ '' }}"

var oneExpression = regexp.MustCompile(`^\$\{\{[^}]*\}\}$`)

// Ref names a value that the run has when a node is handed out. In a text, as with fmt.Sprint, it is interpolated, and what that makes
// arrives as text, also where nothing else stands in it.
type Ref struct {
	path   string
	schema *schema
	// owner has the value, for people.
	owner string
	// isUnited tells that the value is there only where branches are united.
	isUnited bool
	builder  *Builder
}

// Field names a field of the value, or with more names one further inside; an item of a list by its number.
func (r Ref) Field(names ...string) Ref {
	for _, name := range names {
		r = r.field(name)
	}
	return r
}

func (r Ref) field(name string) Ref {
	owner := r.owner
	if owner == "" {
		owner = r.path
	}
	child := Ref{path: r.path + "." + name, schema: &schema{}, isUnited: r.isUnited, builder: r.builder}
	if !fieldPattern.MatchString(name) {
		r.builder.fail(`%s has a field "%s", which expressions cannot name: use letters, digits, _, -, @ and $, or pass on the whole`, owner, name)
		return child
	}
	if fields, isClosed := fieldsOf(r.schema); isClosed {
		if fields[name] == nil {
			r.builder.fail(`%s has no "%s"%s`, owner, name, didYouMean(name, namesOf(fields)))
			return child
		}
		child.schema = fields[name]
		return child
	}
	types := typesOf(r.schema)
	switch {
	case len(types) == 1 && types[0] == "object" && r.schema.AdditionalProperties != nil:
		child.schema = r.schema.AdditionalProperties
	case len(types) == 1 && types[0] == "array" && strings.Trim(name, "0123456789") == "":
		if r.schema.Items != nil {
			child.schema = r.schema.Items
		}
	case len(types) > 0 && !strings.Contains(strings.Join(types, " "), "object"):
		r.builder.fail(`%s is %s, and has no field "%s"`, owner, shown(r.schema), name)
	}
	return child
}

func (r Ref) expression() string { return "${{ " + r.path + " }}" }

// String is the expression as part of a text, or all of it.
func (r Ref) String() string { return emptyText + r.expression() }

// MarshalJSON writes the expression, which keeps the type of the value.
func (r Ref) MarshalJSON() ([]byte, error) { return json.Marshal(r.expression()) }

// AllOf lists a value over all branches that succeeded, in order, in a uniting node.
func AllOf(of Ref) Ref {
	// One expression names both: where it stands decides.
	of.schema, of.isUnited = &schema{Type: "array", Items: of.schema}, true
	return of
}

// written has the texts of a value without what they do not need: beside other text, references are text anyhow.
func written(value any) any {
	switch value := value.(type) {
	case string:
		if bare := strings.ReplaceAll(value, emptyText+"${{", "${{"); !oneExpression.MatchString(bare) {
			return bare
		}
	case map[string]any:
		members := make(map[string]any, len(value))
		for name, member := range value {
			members[name] = written(member)
		}
		return members
	case []any:
		items := make([]any, len(value))
		for at, item := range value {
			items[at] = written(item)
		}
		return items
	}
	return value
}

// refsIn are the references in a value.
func refsIn(value any) []Ref {
	switch value := value.(type) {
	case Ref:
		return []Ref{value}
	case map[string]any:
		var found []Ref
		for _, item := range value {
			found = append(found, refsIn(item)...)
		}
		return found
	case []any:
		var found []Ref
		for _, item := range value {
			found = append(found, refsIn(item)...)
		}
		return found
	}
	return nil
}
