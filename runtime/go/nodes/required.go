package nodes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// required is what JSON of a type has to have. Decoding finds a wrong type by itself, and takes for zero what is absent or null.
type required struct {
	// names are those of fields that have to be there.
	names []string
	// fields are what fields need by themselves, by name.
	fields map[string]*required
	// each is what every item of a list, or every value of a map, needs by itself.
	each *required
	// takesNull tells that null is a value like any other.
	takesNull bool
}

// requiredBy reads what a schema, which was made of a type, asks for. Lists of plain values are not looked through: each of their
// nulls is the zero of its type, as Go has it.
func requiredBy(schema *Schema) *required {
	if schema == nil {
		return &required{takesNull: true}
	}
	isAnything := schema.Type == "" && schema.Types == nil
	found := &required{
		names:     schema.Required,
		fields:    map[string]*required{},
		takesNull: isAnything || schema.Type == "null" || slices.Contains(schema.Types, "null"),
	}
	for name, property := range schema.Properties {
		if field := requiredBy(property); field.looksInside() || !field.takesNull {
			found.fields[name] = field
		}
	}
	for _, each := range []*Schema{schema.Items, schema.AdditionalProperties} {
		if values := requiredBy(each); values.looksInside() {
			found.each = values
		}
	}
	return found
}

func (r *required) looksInside() bool {
	return len(r.names) > 0 || len(r.fields) > 0 || r.each != nil
}

// check refuses JSON in which something is missing, and says where. A wrong type is left to decoding.
func (r *required) check(text []byte, path string) error {
	text = bytes.TrimSpace(text)
	switch {
	case string(text) == "null":
		if r.takesNull {
			return nil
		}
		return fmt.Errorf("%s is null", path)
	case bytes.HasPrefix(text, []byte("{")):
		return r.checkObject(text, path)
	case bytes.HasPrefix(text, []byte("[")) && r.each != nil:
		return r.checkList(text, path)
	default:
		return nil
	}
}

func (r *required) checkObject(text []byte, path string) error {
	if !r.looksInside() {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	for _, name := range r.names {
		if _, isThere := object[name]; !isThere {
			return fmt.Errorf("%s.%s is missing", path, name)
		}
	}
	for name, value := range object {
		field, isField := r.fields[name]
		if !isField {
			field = r.each
		}
		if field == nil {
			continue
		}
		if err := field.check(value, path+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func (r *required) checkList(text []byte, path string) error {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for at, item := range list {
		if err := r.each.check(item, fmt.Sprintf("%s[%d]", path, at)); err != nil {
			return err
		}
	}
	return nil
}
