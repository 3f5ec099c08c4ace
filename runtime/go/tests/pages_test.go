package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goFence = regexp.MustCompile("(?s)\n```go\n(.*?)\n```\n")

// runGo runs the go command in a folder, and gives what it says.
func runGo(t *testing.T, folder string, env []string, words ...string) string {
	t.Helper()
	command := exec.Command("go", words...)
	command.Dir = folder
	command.Env = append(os.Environ(), env...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(words, " "), err, output)
	}
	return string(output)
}

func TestTheProgramAndTheTestsOfTheREADMERun(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	fences := goFence.FindAllStringSubmatch(string(page), -1)
	if len(fences) != 2 {
		t.Fatalf("the page has %d programs, and not a program and its tests", len(fences))
	}
	folder, module := t.TempDir(), absolute(t, "..")
	for name, text := range map[string]string{"main.go": fences[0][1], "main_test.go": fences[1][1]} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if unformatted, err := exec.Command("gofmt", "-l", folder).CombinedOutput(); err != nil || len(unformatted) > 0 {
		t.Errorf("gofmt says %s, %v", unformatted, err)
	}
	runGo(t, folder, nil, "mod", "init", "example.com/sizes")
	runGo(t, folder, nil, "mod", "edit", "-replace", "github.com/fanout/fanout/runtime/go="+module)
	runGo(t, folder, nil, "mod", "tidy")
	runGo(t, folder, nil, "vet", ".")
	output := runGo(t, folder, []string{"FANOUT_ADDRESS=" + servers.Address}, "run", ".")
	if !strings.HasSuffix(output, "[{Total:26 Failed:1}]\n") {
		t.Errorf("it says %s", output)
	}
	command := append([]string{}, own(nil).Command...)
	for at, word := range command {
		// Files of the command are relative to the repository, and so is the loader.
		if word == "tsx" {
			command[at] = filepath.Join(absolute(t, root), "node_modules/tsx/dist/esm/index.mjs")
		} else if strings.Contains(word, "/") {
			command[at] = filepath.Join(absolute(t, root), word)
		}
	}
	env := []string{
		"FANOUT_STATE_MANAGER=" + strings.Join(command, " "),
		"TSX_TSCONFIG_PATH=" + filepath.Join(absolute(t, root), "tsconfig.json"),
	}
	if output := runGo(t, folder, env, "test", "."); !strings.HasPrefix(output, "ok") {
		t.Errorf("its tests say %s", output)
	}
}

func TestTheExamplesRun(t *testing.T) {
	folder := absolute(t, filepath.Join(root, "examples/go"))
	runGo(t, folder, nil, "vet", "./...")
	runGo(t, folder, nil, "test", "./...")
	for name, words := range map[string]string{
		"fan_out":           "10 branches: [4950 14950",
		"fan_out_and_unite": "499500 of 10 parts",
		"open_fan_out":      "{Lines:3 Characters:16 Empty:1}",
		"signals":           "answers: [first second], pruned: 1",
		"store":             "visits: 5",
		"web_handler":       `{"total":499500,"parts":10}`,
	} {
		output := runGo(t, folder, []string{"FANOUT_ADDRESS=" + servers.Address}, "run", "./"+name)
		if !strings.Contains(output, words) {
			t.Errorf("%s says %s", name, output)
		}
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	found, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
