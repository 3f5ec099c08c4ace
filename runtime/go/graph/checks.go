package graph

import (
	"slices"
	"strings"

	"github.com/fanout/fanout/runtime/go/nodes"
)

func (b *Builder) checkInputs(node *nodes.Definition, inputs Inputs, isStart, isUniting bool) {
	fields, isClosed := fieldsOf(node.Inputs)
	for _, name := range namesOf(inputs) {
		value := inputs[name]
		if isClosed && fields[name] == nil {
			b.fail(`%s has no input "%s"%s`, node.Name, name, didYouMean(name, namesOf(fields)))
			continue
		}
		misplaced := slices.IndexFunc(refsIn(value), func(each Ref) bool { return each.isUnited && !isUniting })
		if misplaced >= 0 {
			b.fail("input %s of %s: %s is there only where branches are united", name, node.Name, refsIn(value)[misplaced])
		} else if isClosed {
			b.checkType(node, name, value, fields[name])
		}
	}
	if node.Inputs == nil {
		return
	}
	var missing []string
	given, isKnown := fieldsOf(b.options.Inputs.schema)
	for _, name := range node.Inputs.Required {
		// What the trigger gives reaches the first node by itself.
		isGiven := isStart && (!isKnown || given[name] != nil)
		if _, isThere := inputs[name]; !isThere && !isGiven {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		b.fail("%s needs the input %s", node.Name, strings.Join(missing, ", "))
	}
}

func (b *Builder) checkType(node *nodes.Definition, name string, value any, wanted *schema) {
	if ref, isRef := value.(Ref); isRef {
		if fits(ref.schema, wanted) {
			return
		}
		hint := ""
		if fits(&schema{Type: "array", Items: ref.schema}, wanted) {
			hint = ": a list over all branches is AllOf(…), in a uniting node"
		}
		b.fail("input %s of %s is %s, and %s gives %s%s", name, node.Name, shown(wanted), ref.expression(), shown(ref.schema), hint)
		return
	}
	text, err := nodes.Encode(value)
	if err != nil {
		b.fail("input %s of %s cannot be written as JSON: %v", name, node.Name, err)
		return
	}
	if !strings.Contains(text, "${{") && !fits(typeOf(text), wanted) {
		b.fail("input %s of %s is %s, and %s is none", name, node.Name, shown(wanted), text)
	}
}

func (b *Builder) checkSecrets(node *nodes.Definition) {
	for _, secret := range node.Secrets {
		if _, isThere := b.options.Secrets[secret]; !isThere {
			b.fail(`%s needs the secret "%s", which the graph does not have%s`, node.Name, secret, didYouMean(secret, namesOf(b.options.Secrets)))
		}
	}
}

// triggers are those of the template, with inputs that fit; the state manager adds some of its own.
func (b *Builder) triggers() []triggerTemplate {
	var made []triggerTemplate
	for at, trigger := range b.options.Triggers {
		each := trigger.template()
		inputs := each.Inputs
		if inputs == nil {
			inputs = map[string]any{}
		}
		text, err := nodes.Encode(inputs)
		if err != nil {
			b.fail("the inputs of trigger %d cannot be written as JSON: %v", at, err)
		} else if wanted := without(b.options.Inputs.schema, each.added); wanted != nil {
			if err := nodes.Fits(wanted, text); err != nil {
				b.fail("the inputs of trigger %d break its schema: %v", at, err)
			}
		}
		made = append(made, each)
	}
	return made
}

// storeSchema has the keys that expressions may name, with what is known of their values.
func (b *Builder) storeSchema() *schema {
	made := &schema{Type: "object", Properties: map[string]*schema{}}
	if b.options.Store == nil {
		return made
	}
	for key, value := range b.options.Store.Defaults {
		text, err := nodes.Encode(value)
		if err != nil {
			b.fail("the default of the store key %s cannot be written as JSON: %v", key, err)
		}
		made.Properties[key] = typeOf(text)
	}
	if required := b.options.Store.Required.schema; required != nil {
		for key, value := range required.Properties {
			made.Properties[key] = value
		}
	}
	return made
}
