package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
)

// table is the rows of a file, and the names of its columns as the file orders them.
type table struct {
	names []string
	rows  []Row
}

// readTable reads a JSON array, NDJSON, or CSV with a header. What is not an object becomes one: `{ "value": … }`. The error
// says that the file is not there, or is none of the three formats.
func readTable(file string) (table, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return table{}, err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	read := readCSV
	switch start := bytes.TrimLeft(text, " \t\r\n"); {
	case bytes.HasPrefix(start, []byte("[")):
		read = readArray
	case bytes.HasPrefix(start, []byte("{")):
		read = readLines
	}
	records, err := read(text)
	if err != nil {
		return table{}, fmt.Errorf("%s is not a JSON array, NDJSON or CSV: %w", file, err)
	}
	return tableOf(records), nil
}

// record is one row, with its columns in their order.
type record struct {
	names []string
	row   Row
}

func tableOf(records []record) table {
	var all table
	known := map[string]bool{}
	for _, each := range records {
		for _, name := range each.names {
			if !known[name] {
				known[name] = true
				all.names = append(all.names, name)
			}
		}
		all.rows = append(all.rows, each.row)
	}
	return all
}

// UnmarshalJSON reads any JSON value as a row.
func (r *record) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if text[0] != '{' {
		var value any
		err := decoder.Decode(&value)
		r.names, r.row = []string{"value"}, Row{"value": value}
		return err
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	r.row = Row{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		r.names = append(r.names, name.(string)) // a key of an object is text
		r.row[name.(string)] = value
	}
	return nil
}

func readArray(text []byte) ([]record, error) {
	var records []record
	err := json.Unmarshal(text, &records)
	return records, err
}

func readLines(text []byte) ([]record, error) {
	var records []record
	for at, line := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var read record
		if err := json.Unmarshal(line, &read); err != nil {
			return nil, fmt.Errorf("line %d is not JSON: %w", at+1, err)
		}
		records = append(records, read)
	}
	return records, nil
}

func readCSV(text []byte) ([]record, error) {
	header, _, _ := bytes.Cut(text, []byte("\n"))
	separator := ','
	for _, other := range ";\t" {
		if bytes.Count(header, []byte(string(other))) > bytes.Count(header, []byte(string(separator))) {
			separator = other
		}
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma = separator
	// Files that people make have records that are too short, and quotes in the middle of fields.
	reader.FieldsPerRecord = -1
	reader.LazyQuotes = true
	lines, err := reader.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	names := lines[0]
	records := make([]record, 0, len(lines)-1)
	for _, line := range lines[1:] {
		row := Row{}
		for at, name := range names {
			row[name] = ""
			if at < len(line) {
				row[name] = line[at]
			}
		}
		records = append(records, record{names, row})
	}
	return records, nil
}
