package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fanout "github.com/fanout/fanout/runtime/go"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAllFormatsGiveTheSameGroups(t *testing.T) {
	for format, text := range map[string]string{
		"array":      "\ufeff" + ` [{"name":"Oslo","country":"NO","lat":59.9},{"name":"Lima","country":"PE","lat":-12},{"name":"Bergen","country":"NO","lat":"60.4"}]`,
		"NDJSON":     `{"name":"Oslo","country":"NO","lat":59.9}` + "\n\n" + `{"name":"Lima","country":"PE","lat":-12}` + "\r\n" + `{"name":"Bergen","country":"NO","lat":"60.4"}`,
		"CSV":        "name,country,lat\r\nOslo,NO,59.9\r\nLima,PE,-12\r\nBergen,NO,60.4\r\n",
		"semicolons": "name;country;lat\nOslo;NO;59.9\n\nLima;PE;-12\nBergen;NO;60.4",
	} {
		chunks, err := fanout.RunNode(t.Context(), dataSplitter, File{File: write(t, text), ChunkSize: 2})
		if err != nil || len(chunks) != 2 {
			t.Fatalf("%s gives %v, %v", format, chunks, err)
		}
		var results [][]Group
		for _, each := range chunks {
			summarised, err := fanout.RunNode(t.Context(), dataProcessor, Data{each.Chunk})
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			results = append(results, summarised[0].Result)
		}
		summaries, err := fanout.RunNode(t.Context(), resultMerger, Processed{fanout.ListOf(results...)})
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		summary := summaries[0]
		norway := Range{"lat", Extreme{59.9, "Oslo"}, Extreme{60.4, "Bergen"}}
		if summary.Rows != 3 || summary.GroupCount != 2 || summary.Groups[0].Key != "NO" || !slices.Equal(summary.Groups[0].Ranges, []Range{norway}) {
			t.Errorf("%s gives %+v", format, summary)
		}
	}
}

func TestColumnsAreFoundByWhatTheyHave(t *testing.T) {
	text := "code,empty,name,size\n007,,a,1\n008,,b,\n009,,c\n"
	chunks, err := fanout.RunNode(t.Context(), dataSplitter, File{File: write(t, text), ChunkSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	columns := chunks[0].Chunk.Columns
	if *columns.By != "code" || *columns.Label != "empty" || !slices.Equal(columns.Numbers, []string{"size"}) {
		t.Errorf("by %s, label %s, numbers %v", *columns.By, *columns.Label, columns.Numbers)
	}
}

func TestValuesArriveAsTheyAreWritten(t *testing.T) {
	text := `{"id":12345678901234567890,"e":1e400,"parts":{"a":["ü"]},"n":1}` + "\n"
	chunks, err := fanout.RunNode(t.Context(), dataSplitter, File{File: write(t, text), ChunkSize: 10, By: "parts"})
	if err != nil {
		t.Fatal(err)
	}
	entry := chunks[0].Chunk.Rows[0]
	if entry.Group != `{"a":["ü"]}` || entry.Label != "12345678901234567890" || !slices.Equal(chunks[0].Chunk.Columns.Numbers, []string{"n"}) {
		t.Errorf("it gives %+v", chunks[0].Chunk)
	}
}

func TestOutputsStaySmallHoweverWideAndWordyAFileIs(t *testing.T) {
	var text strings.Builder
	text.WriteString("key,label")
	for at := range 8 {
		fmt.Fprintf(&text, ",%s%d", strings.Repeat("名", 500), at)
	}
	for at := range 600 {
		fmt.Fprintf(&text, "\n%s%d,%s%s", strings.Repeat("語", 100), at, strings.Repeat("é", 5000), strings.Repeat(",1.25", 8))
	}
	chunks, err := fanout.RunNode(t.Context(), dataSplitter, File{File: write(t, text.String()), ChunkSize: 600})
	if err != nil || len(chunks) < 2 {
		t.Fatalf("it gives %d chunks, %v", len(chunks), err)
	}
	var results [][]Group
	for _, each := range chunks {
		summarised, err := fanout.RunNode(t.Context(), dataProcessor, Data{each.Chunk})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, summarised[0].Result)
	}
	summaries, err := fanout.RunNode(t.Context(), resultMerger, Processed{fanout.ListOf(results...)})
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(summaries[0])
	if err != nil || len(written) > 1_000_000 || summaries[0].GroupCount != 600 {
		t.Errorf("a summary of %d bytes and %d groups, %v", len(written), summaries[0].GroupCount, err)
	}
}

func TestWhatCannotBeReadIsNotTriedAgain(t *testing.T) {
	for what, refusal := range map[string]struct {
		in      File
		message string
	}{
		"a missing file":    {File{File: "no-such-file", ChunkSize: 1}, "no-such-file"},
		"a broken array":    {File{File: write(t, `[{"a":1}`), ChunkSize: 1}, "is not a JSON array, NDJSON or CSV"},
		"a broken line":     {File{File: write(t, "{\"a\":1}\n{"), ChunkSize: 1}, "line 2 is not JSON"},
		"an unknown column": {File{File: write(t, "a\n1\n"), ChunkSize: 1, By: "b"}, `no row has the column "b"; there are: a`},
		"chunks of no rows": {File{File: write(t, "a\n1\n"), ChunkSize: -1}, "a whole number from 1, not -1"},
	} {
		_, err := fanout.RunNode(t.Context(), dataSplitter, refusal.in)
		var refused *fanout.NotRetryableError
		if !errors.As(err, &refused) || !strings.Contains(refused.Error(), refusal.message) {
			t.Errorf("%s gives %v", what, err)
		}
	}
}
