package nodes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/fanout/fanout/runtime/go/wire"
)

// Schema is a JSON Schema, draft 2020-12.
type Schema = jsonschema.Schema

// SchemaFor makes the schema of a type: names and omitempty are those of its json tags, and a jsonschema tag describes a field.
func SchemaFor[T any]() (*Schema, error) {
	return schemaOf(reflect.TypeFor[T]())
}

func schemaOf(kind reflect.Type) (*Schema, error) {
	return schemaWith(kind, nil)
}

// schemaWith makes the schema of a type, with what is known of types that are in it.
func schemaWith(kind reflect.Type, more map[reflect.Type]*Schema) (*Schema, error) {
	known := map[reflect.Type]*Schema{
		reflect.TypeFor[[]byte]():          {Types: []string{"null", "string"}, ContentEncoding: "base64"},
		reflect.TypeFor[json.RawMessage](): {},
		reflect.TypeFor[json.Number]():     {Type: "number"},
	}
	maps.Copy(known, more)
	schema, err := jsonschema.ForType(kind, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		return nil, fmt.Errorf("the type %v has no schema: %w", kind, err)
	}
	open(schema)
	return schema, nil
}

// Fits refuses JSON that breaks a schema. Numbers are checked as the nearest double, as state managers do.
func Fits(schema *Schema, text string) error {
	resolved, err := schema.CloneSchemas().Resolve(&jsonschema.ResolveOptions{})
	if err != nil {
		return fmt.Errorf("the schema cannot be used: %w", err)
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return err
	}
	return resolved.Validate(value)
}

// open lets objects have other fields, as decoding does: what a run is triggered with reaches its first node whole.
func open(schema *Schema) {
	if schema == nil {
		return
	}
	if len(schema.Properties) > 0 || schema.Type == "object" {
		if other := schema.AdditionalProperties; other != nil && other.Not != nil {
			schema.AdditionalProperties = nil
		}
	}
	for _, each := range schema.Properties {
		open(each)
	}
	open(schema.Items)
	open(schema.AdditionalProperties)
}

// inputsOf are the inputs of a node, as its function takes them.
type inputsOf struct {
	nodeName string
	schema   *Schema
	// required is what an assignment has to bring; lists that are read in pages do not come with it.
	required *required
	// lists are the fields that are read in pages.
	lists []reflect.StructField
	// defaults is an object with the inputs that have a default; empty: none has.
	defaults []byte
}

func readInputs[In any](nodeName string) (*inputsOf, error) {
	inputs := &inputsOf{nodeName: nodeName}
	if err := inputs.read(reflect.TypeFor[In]()); err != nil {
		return nil, err
	}
	lists := inputs.iterators()
	inputs.required = requiredBy(inputs.schema)
	inputs.required.names = slices.DeleteFunc(slices.Clone(inputs.required.names), func(name string) bool { return slices.Contains(lists, name) })
	// A map may be nil in Go, and inputs may not be null.
	inputs.required.takesNull = false
	return inputs, nil
}

// read makes the schema of a type, and finds its lists and defaults.
func (i *inputsOf) read(kind reflect.Type) error {
	var err error
	switch kind.Kind() {
	case reflect.Map:
		i.schema, err = schemaOf(kind)
		return err
	case reflect.Struct:
	default:
		return fmt.Errorf("the type %v is no object: use a struct, or a map with text as keys", kind)
	}
	arrays := map[reflect.Type]*Schema{}
	fields := reflect.VisibleFields(kind)
	for _, field := range fields {
		list, isUnited := reflect.New(field.Type).Interface().(unitedInput)
		if !isUnited {
			continue
		}
		items, err := schemaOf(list.itemType())
		if err != nil {
			return err
		}
		arrays[field.Type] = &Schema{Type: "array", Items: items}
		i.lists = append(i.lists, field)
	}
	if i.schema, err = schemaWith(kind, arrays); err != nil {
		return err
	}
	return i.readDefaults(fields)
}

// readDefaults reads the default tags, each of which makes an input optional.
func (i *inputsOf) readDefaults(fields []reflect.StructField) error {
	defaults := map[string]json.RawMessage{}
	for _, field := range fields {
		text, hasDefault := field.Tag.Lookup("default")
		if !hasDefault {
			continue
		}
		name := jsonName(field)
		value := []byte(text)
		if field.Type.Kind() == reflect.String && !json.Valid(value) {
			value, _ = json.Marshal(text) // a string can always be written
		}
		if err := json.Unmarshal(value, reflect.New(field.Type).Interface()); err != nil {
			return fmt.Errorf("the default %q of %s is no JSON that fits its type: %w", text, name, err)
		}
		defaults[name] = value
		i.schema.Properties[name].Default = value
		i.schema.Required = slices.DeleteFunc(i.schema.Required, func(each string) bool { return each == name })
	}
	if len(defaults) == 0 {
		return nil
	}
	var err error
	i.defaults, err = json.Marshal(defaults)
	return err
}

func (i *inputsOf) iterators() []string {
	names := make([]string, len(i.lists))
	for at, field := range i.lists {
		names[at] = jsonName(field)
	}
	return names
}

// decode reads inputs, with defaults for what is absent, and opens the lists that are read in pages. What does not fit is
// INPUT_INVALID: the state manager has checked it, too, but perhaps by the schema of another version of the node.
func (i *inputsOf) decode(ctx context.Context, text string, pages Pages, into any) error {
	if len(i.defaults) > 0 {
		if err := decodeExactly(string(i.defaults), into); err != nil {
			return err
		}
	}
	if text == "" {
		text = "{}"
	}
	if err := decodeExactly(text, into); err != nil {
		return wire.NotRetryable("INPUT_INVALID", "the inputs of %s do not fit its type: %w", i.nodeName, err)
	}
	if err := i.required.check([]byte(text), "$"); err != nil {
		return wire.NotRetryable("INPUT_INVALID", "the inputs of %s do not fit its type: %w", i.nodeName, err)
	}
	if len(i.lists) > 0 {
		value := reflect.ValueOf(into).Elem()
		for _, field := range i.lists {
			if read, isUnited := pages[jsonName(field)]; isUnited {
				value.FieldByIndex(field.Index).Addr().Interface().(unitedInput).bind(ctx, read)
			}
		}
	}
	return nil
}

// decodeExactly reads JSON without losing digits: numbers in an `any` are json.Number. A whole number may come as `1.0` or
// `1e3`, which Go does not take for an int by itself.
func decodeExactly(text string, into any) error {
	decode := func(text string) error {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		return decoder.Decode(into)
	}
	err := decode(text)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) && strings.HasPrefix(mismatch.Value, "number") {
		if plain, isChanged := withWholeNumbers(text); isChanged {
			return decode(plain)
		}
	}
	return err
}

func outputSchema[Out any]() (*Schema, error) {
	kind := reflect.TypeFor[Out]()
	if routed, isRouted := reflect.Zero(kind).Interface().(routedOutput); isRouted {
		kind = routed.outputType()
	}
	bare := kind
	for bare.Kind() == reflect.Pointer {
		bare = bare.Elem()
	}
	if bare.Kind() != reflect.Struct && bare.Kind() != reflect.Map {
		return nil, fmt.Errorf("an output is a JSON object, and the type %v is none: use a struct, or a map with text as keys; FanOut makes one branch of each item of a list", kind)
	}
	return schemaOf(bare)
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" {
		return field.Name
	}
	return name
}
