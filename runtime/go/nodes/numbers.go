package nodes

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
)

// maxDigits bounds the whole numbers that are written out: `1e999999` is a short text.
const maxDigits = 400

// withWholeNumbers writes whole numbers as such: `1.0` and `1e3` become `1` and `1000`. It tells whether any has changed.
func withWholeNumbers(text string) (string, bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return text, false
	}
	value, isChanged := wholeNumbersIn(value)
	if !isChanged {
		return text, false
	}
	plain, err := encodeJSON(value)
	return plain, err == nil
}

func wholeNumbersIn(value any) (any, bool) {
	isChanged := false
	switch value := value.(type) {
	case json.Number:
		return wholeNumber(value)
	case []any:
		for at, item := range value {
			plain, changed := wholeNumbersIn(item)
			value[at], isChanged = plain, isChanged || changed
		}
	case map[string]any:
		for key, item := range value {
			plain, changed := wholeNumbersIn(item)
			value[key], isChanged = plain, isChanged || changed
		}
	}
	return value, isChanged
}

func wholeNumber(number json.Number) (json.Number, bool) {
	if !strings.ContainsAny(string(number), ".eE") || len(number) > maxDigits {
		return number, false
	}
	if _, exponent, hasExponent := strings.Cut(strings.ToLower(string(number)), "e"); hasExponent && len(strings.TrimLeft(exponent, "+-0")) > 2 {
		return number, false
	}
	exact, isNumber := new(big.Rat).SetString(string(number))
	if !isNumber || !exact.IsInt() {
		return number, false
	}
	return json.Number(exact.Num().String()), true
}

// encodeJSON writes a value as JSON, with <, > and & as they are.
func encodeJSON(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}
