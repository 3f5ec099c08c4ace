package tests

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	fanout "github.com/fanout/fanout/runtime/go"
)

// built is the program of tests, built once.
var built = sync.OnceValues(func() (string, error) {
	file := filepath.Join(programs, "program")
	command := exec.Command("go", "build", "-o", file, "./program")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return file, nil
})

// process is a program that runs, what it says, and what it logs.
type process struct {
	*exec.Cmd
	output *bufio.Reader
	log    bytes.Buffer
}

// started starts the program of tests.
func started(t *testing.T, words ...string) *process {
	t.Helper()
	file, err := built()
	if err != nil {
		t.Fatal(err)
	}
	made := &process{Cmd: exec.Command(file, words...)}
	made.Stderr = &made.log
	output, err := made.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if made.ProcessState == nil {
			_ = made.Process.Kill() // the test has failed already
		}
	})
	made.output = bufio.NewReader(output)
	return made
}

func (p *process) says(t *testing.T, words string) {
	t.Helper()
	if line, err := p.output.ReadString('\n'); err != nil || strings.TrimSpace(line) != words {
		t.Fatalf("it says %q, %v, and not %q\n%s", line, err, words, p.log.String())
	}
}

func TestASignalLetsRunningWorkFinish(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, oneNode("go.Short", "go.Short"))
	for _, number := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		program := started(t, servers.Address)
		run, err := c.Trigger(t.Context(), fanout.Named("go.Short"), nil)
		if err != nil {
			t.Fatal(err)
		}
		program.says(t, "short has begun")
		if err := program.Process.Signal(number); err != nil {
			t.Fatal(err)
		}
		program.says(t, "the program goes on")
		if err := program.Wait(); err != nil || !strings.Contains(program.log.String(), "stopping") {
			t.Errorf("%v: it ends with %v\n%s", number, err, program.log.String())
		}
		results, err := c.Result(t.Context(), run.ID)
		if err != nil || string(results[0].Output) != `{"done":true}` {
			t.Errorf("%v: the run gives %v, %v", number, results, err)
		}
		for state, err := range c.States(t.Context(), run.ID, fanout.StateFilter{}) {
			if err != nil || state.Attempt != 1 {
				t.Errorf("%v: attempt %d, %v", number, state.Attempt, err)
			}
		}
	}
}

func TestANodeThatNeverReturnsDoesNotKeepTheProcess(t *testing.T) {
	c := newClient(t, fanout.ClientOptions{})
	upsert(t, c, oneNode("go.Hangs", "go.Hangs"))
	for _, number := range []int{1, 2} {
		program := started(t, servers.Address)
		run, err := c.Trigger(t.Context(), fanout.Named("go.Hangs"), nil)
		if err != nil {
			t.Fatal(err)
		}
		program.says(t, "hangs has begun")
		for range number {
			if err := program.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
		err = program.Wait()
		if wasKilled := program.ProcessState.Sys().(syscall.WaitStatus).Signaled(); number == 1 && err != nil || wasKilled && number == 1 {
			t.Errorf("it ends with %v\n%s", err, program.log.String())
		}
		if _, err := c.Cancel(t.Context(), run.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestAProgramWithAWrongTokenEndsWithAnError(t *testing.T) {
	own := startOwn(t, map[string]string{"FANOUT_ADMIN_TOKEN": strings.Repeat("a", 32)})
	program := started(t, own.Address, "wrong")
	var exit *exec.ExitError
	if err := program.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(program.log.String(), "the runtime cannot go on: the token is unknown") {
		t.Errorf("it ends with %v\n%s", err, program.log.String())
	}
}

// certificates are files of an authority, a certificate of the state manager and one of a client.
func certificates(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	script := `
		import { writeFileSync } from 'node:fs';
		import { createAuthority } from './test/support/certificates.ts';
		const authority = createAuthority('fanout test');
		const [server, client] = [authority.issue(), authority.issue()];
		const files = { ca: authority.cert, cert: server.cert, key: server.key };
		Object.assign(files, { clientCert: client.cert, clientKey: client.key });
		for (const [name, pem] of Object.entries(files)) writeFileSync(process.argv[1] + '/' + name + '.pem', pem);
	`
	command := exec.Command("node", "--import", "tsx", "--input-type=module", "-e", script, folder)
	command.Dir = root
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return folder
}

func TestTLSAndClientCertificates(t *testing.T) {
	folder := certificates(t)
	file := func(name string) string { return filepath.Join(folder, name+".pem") }
	token := strings.Repeat("a", 32)
	own := startOwn(t, map[string]string{
		"FANOUT_TLS_CERT": file("cert"), "FANOUT_TLS_KEY": file("key"), "FANOUT_TLS_CA": file("ca"), "FANOUT_ADMIN_TOKEN": token,
	})
	config, err := fanout.TLSFiles(file("ca"), file("clientCert"), file("clientKey"))
	if err != nil {
		t.Fatal(err)
	}
	same := fanout.Func("go.TLS", func(_ fanout.Context, in number) (number, error) { return in, nil })
	c := newClient(t, fanout.ClientOptions{Address: own.Address, Token: token, TLS: config})
	host(t, fanout.RuntimeOptions{Address: own.Address, Token: token, TLS: config}, same)
	expect(t, c, same, number{3}, `[{"n":3}]`)
	plain := newClient(t, fanout.ClientOptions{Address: own.Address, Token: token})
	if _, err := plain.Get(t.Context(), "run"); !errors.Is(err, fanout.Unreachable) {
		t.Errorf("a client without TLS gets %v", err)
	}
	without, err := fanout.TLSFiles(file("ca"), "", "")
	if err != nil {
		t.Fatal(err)
	}
	nameless := newClient(t, fanout.ClientOptions{Address: own.Address, Token: token, TLS: without})
	if _, err := nameless.Get(t.Context(), "run"); !errors.Is(err, fanout.Unreachable) {
		t.Errorf("a client without a certificate gets %v", err)
	}
	if _, err := fanout.TLSFiles(file("none"), "", ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
}
