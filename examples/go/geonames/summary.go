package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxNumbers     = 8
	maxSafeInteger = 1<<53 - 1
)

// number matches 42.5 as files have it, but neither an empty text nor a code such as 007.
var number = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`)

// Row is one of the input file, by column.
type Row map[string]any

// Entry is a row as far as a summary needs it; its numbers are in the order of their columns.
type Entry struct {
	Group   string     `json:"group"`
	Label   string     `json:"label"`
	Numbers []*float64 `json:"numbers"`
}

// Columns are those of the data, by what they mean.
type Columns struct {
	By      *string  `json:"by" jsonschema:"groups the rows; null: all rows are one group"`
	Label   *string  `json:"label" jsonschema:"names a row among others of its group; null: nothing does"`
	Numbers []string `json:"numbers" jsonschema:"columns that hold numbers"`
}

// Extreme is a number, and the row that has it.
type Extreme struct {
	Value float64 `json:"value"`
	Label string  `json:"label"`
}

// Range is the smallest and the largest number of a column.
type Range struct {
	Column string  `json:"column"`
	Min    Extreme `json:"min"`
	Max    Extreme `json:"max"`
}

// Group is the number of rows that belong together, and the range of each column of numbers.
type Group struct {
	Key    string  `json:"key"`
	Count  int     `json:"count"`
	Ranges []Range `json:"ranges"`
}

// findColumns finds out what the columns of some rows mean. They are grouped by a column; if that is empty by country, or else by
// the first column of texts. The error says that no row has the column.
func findColumns(read table, by string) (Columns, error) {
	if by != "" && !slices.Contains(read.names, by) {
		return Columns{}, fmt.Errorf("no row has the column %q; there are: %s", by, strings.Join(read.names, ", "))
	}
	numbers, texts := []string{}, []string{}
	for _, name := range read.names {
		if isAllNumbers(read.rows, name) {
			numbers = append(numbers, name)
		} else {
			texts = append(texts, name)
		}
	}
	if by == "" && slices.Contains(texts, "country") {
		by = "country"
	} else if by == "" && len(texts) > 0 {
		by = texts[0]
	}
	isOther := func(name string) bool { return name != by }
	columns := Columns{}
	if by != "" {
		columns.By = &by
	}
	if at := slices.IndexFunc(texts, isOther); at >= 0 {
		columns.Label = &texts[at]
	}
	numbers = slices.DeleteFunc(numbers, func(name string) bool { return name == by })
	columns.Numbers = numbers[:min(len(numbers), maxNumbers)]
	return columns, nil
}

// isAllNumbers is true of a column whose values are numbers or missing, and not all missing.
func isAllNumbers(rows []Row, name string) bool {
	hasNumbers := false
	for _, row := range rows {
		value := row[name]
		if isEmpty(value) {
			continue
		}
		if _, isNumber := readNumber(value); !isNumber {
			return false
		}
		hasNumbers = true
	}
	return hasNumbers
}

func isEmpty(value any) bool { return value == nil || value == "" }

// readNumber reads a number as files have it: 42.5 or "42.5". What a float64 cannot hold is none: an id of 20 digits, 1e400.
func readNumber(value any) (float64, bool) {
	var text string
	switch value := value.(type) {
	case json.Number:
		text = value.String()
	case string:
		text = value
	}
	if !number.MatchString(text) {
		return 0, false
	}
	read, err := strconv.ParseFloat(text, 64)
	isInteger := !strings.ContainsAny(text, ".eE")
	return read, err == nil && (!isInteger || math.Abs(read) <= maxSafeInteger)
}

// entryOf is a row as a summary needs it; its texts are cut.
func entryOf(row Row, columns Columns) Entry {
	entry := Entry{Group: "all", Label: cutText(textOf(row, columns.Label), labelBytes), Numbers: []*float64{}}
	for _, name := range columns.Numbers {
		if value, isNumber := readNumber(row[name]); isNumber {
			entry.Numbers = append(entry.Numbers, &value)
		} else {
			entry.Numbers = append(entry.Numbers, nil)
		}
	}
	if columns.By != nil {
		entry.Group = cmp.Or(cutKey(textOf(row, columns.By), keyBytes), "(none)")
	}
	return entry
}

// groupOf is a group of one row.
func groupOf(entry Entry, columns Columns) Group {
	group := Group{Key: entry.Group, Count: 1, Ranges: []Range{}}
	for at, value := range entry.Numbers {
		if value != nil {
			extreme := Extreme{*value, entry.Label}
			group.Ranges = append(group.Ranges, Range{columns.Numbers[at], extreme, extreme})
		}
	}
	return group
}

// textOf is what a row has in a column: empty without one, JSON if it is no text.
func textOf(row Row, name *string) string {
	if name == nil || isEmpty(row[*name]) {
		return ""
	}
	switch value := row[*name].(type) {
	case map[string]any, []any:
		text, err := json.Marshal(value)
		if err != nil {
			panic(err) // it has been read from JSON
		}
		return string(text)
	default:
		return fmt.Sprint(value)
	}
}

type groupsByKey map[string]Group

// add adds a group to those that are there already.
func (groups groupsByKey) add(added Group) {
	group, isKnown := groups[added.Key]
	if !isKnown {
		groups[added.Key] = added
		return
	}
	group.Count += added.Count
	ranges := slices.Clone(group.Ranges)
	for _, other := range added.Ranges {
		at := slices.IndexFunc(ranges, func(known Range) bool { return known.Column == other.Column })
		if at < 0 {
			ranges = append(ranges, other)
		} else {
			ranges[at] = widest(ranges[at], other)
		}
	}
	group.Ranges = ranges
	groups[added.Key] = group
}

// widest is a range that has both.
func widest(known, other Range) Range {
	if other.Min.Value < known.Min.Value {
		known.Min = other.Min
	}
	if other.Max.Value > known.Max.Value {
		known.Max = other.Max
	}
	return known
}
