package compat

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
)

const (
	theirs = "github.com/threefoldtech/zosbase/pkg/zinit"
	ours   = "github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

func TestMain(m *testing.M) {
	os.Exit(testdaemon.Main(m))
}

// difference is a case that is answered otherwise on purpose.
type difference struct {
	name string
	// original and now are what the two print behind the name. An original of "" is anything else than now.
	original, now string
	reason        string
}

// build builds the program twice: as it stands, and with the import path changed.
func build(t *testing.T) (original, changed string) {
	t.Helper()
	directory := t.TempDir()
	original, changed = filepath.Join(directory, "original"), filepath.Join(directory, "changed")
	source, err := filepath.Abs("program/main.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if count := strings.Count(string(text), `"`+theirs+`"`); count != 1 {
		t.Fatalf("the import path stands there %d times", count)
	}
	copied := filepath.Join(directory, "main.go")
	if err := os.WriteFile(copied, []byte(strings.Replace(string(text), `"`+theirs+`"`, `"`+ours+`"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: copied}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "go", "build", "-o", original, "./program")
	run(t, "go", "build", "-overlay", filepath.Join(directory, "overlay.json"), "-o", changed, "./program")
	return original, changed
}

func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	command := exec.Command(program, arguments...)
	command.Stderr = new(strings.Builder)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", program, arguments, err, output, command.Stderr)
	}
	return string(output)
}

// compare runs both programs with the same arguments, one after the other.
func compare(t *testing.T, differences []difference, arguments ...string) {
	t.Helper()
	testdaemon.Need(t)
	original, changed := build(t)
	before, after := cases(t, run(t, original, arguments...)), cases(t, run(t, changed, arguments...))
	if len(before.names) == 0 || strings.Join(before.names, "\n") != strings.Join(after.names, "\n") {
		t.Errorf("other cases:\n%q\n%q", before.names, after.names)
	}
	expected := make(map[string]difference)
	for _, difference := range differences {
		expected[difference.name] = difference
	}
	different := 0
	for _, name := range before.names {
		known, isKnown := expected[name]
		delete(expected, name)
		was, is := before.results[name], after.results[name]
		switch {
		case !isKnown && was != is:
			t.Errorf("%s: was %s, is %s", name, was, is)
		case isKnown && (was != known.original && known.original != "" || is != known.now || was == is):
			t.Errorf("%s: was %s, is %s; expected %s and %s (%s)", name, was, is, known.original, known.now, known.reason)
		case isKnown:
			different++
			t.Logf("differs on purpose: %s: was %s, is %s: %s", name, was, is, known.reason)
		}
	}
	for name := range expected {
		t.Errorf("there is no case %s", name)
	}
	t.Logf("%d cases, %d of them different on purpose", len(before.names), different)
}

type results struct {
	names   []string
	results map[string]string
}

func cases(t *testing.T, output string) results {
	t.Helper()
	all := results{results: make(map[string]string)}
	for _, line := range strings.Split(strings.TrimSpace(output), "\n") {
		begin, result, isCase := strings.Cut(line, "\t")
		if !isCase {
			t.Fatalf("%q", line)
		}
		name := begin
		for number := 2; all.results[name] != ""; number++ {
			name = fmt.Sprintf("%s (%d)", begin, number)
		}
		all.names = append(all.names, name)
		all.results[name] = result
	}
	return all
}

func TestALifeIsTheSame(t *testing.T) {
	compare(t, nil, "life")
}

func TestEveryOperation(t *testing.T) {
	const (
		names = "a name that zinit could not be asked for, or that leaves the directory of service files, is told before " +
			"anything is sent or opened"
		quoting = "names are quoted for the daemon where they must be"
		groups  = "a group goes on past a service that fails, and tells it; a daemon that cannot be reached is no success"
		up      = "a wait that ends before the service is up is no success: a timeout, or a oneshot that failed"
	)
	compare(t, []difference{
		{"unknown StartMultiple", "done", "error", groups},
		{"StartMultiple with an unknown one", "done", "error", groups},
		{"no daemon StartMultiple", "done", "ErrNotExist", groups},
		{"no daemon StopMultiple", "done", "ErrNotExist", groups},
		{`Kill "SIGCLD"`, "error", "done", "the daemon knows this signal by its other name, SIGCHLD"},
		{`LoadService ""`, "ErrNotExist", "error", names},
		{`Status "a\nb"`, "ErrUnknownService", "error", names},
		{`LoadService "a\nb"`, "ErrNotExist", "error", names},
		{`Status "../x"`, "ErrUnknownService", "error", names},
		{`LoadService "../x"`, "ErrNotExist", "error", names},
		{`Status "a/b"`, "ErrUnknownService", "error", names},
		{`LoadService "a/b"`, "ErrNotExist", "error", names},
		{`Status "with space"`, "error", "ErrUnknownService", quoting},
		{`Status "a\"b"`, "error", "ErrUnknownService", quoting},
		{`Status "#x"`, "error", "ErrUnknownService", quoting},
		{"Monitor with space", "error", "done", quoting},
		{"Destroy with space", "error", "done", quoting},
		{"wait-fails StartWait", "done", "error", up},
		{"wait-spawned StartWait", "done", "error", up},
		{"Matches with a file missing", "[] ErrNotExist", "[match-b] done",
			"a service whose file is missing does not match, and spoils no search"},
	}, "operations")
}

func TestTablesOfInputs(t *testing.T) {
	daemon := testdaemon.Script(t, func(command string, _ net.Conn) string {
		if command == "list" {
			return `{"state":"ok","body":{"row":"Running"}}`
		}
		return `{"state":"ok","body":{"after":{},"name":"row","pid":1,"state":"Running","target":"Up"}}`
	})
	tables, err := filepath.Abs("../../../tests/tables")
	if err != nil {
		t.Fatal(err)
	}
	const (
		refused = "what the daemon would refuse, or never start, is not written"
		nothing = `{exec="" oneshot=false test="" after=[] env=map[] log=""} `
	)
	was := func(exec, after, log string) string {
		return fmt.Sprintf("{exec=%s oneshot=false test=\"\" after=[%s] env=map[] log=%q} done", exec, after, log)
	}
	compare(t, []difference{
		{`ADD "{}\n"`, nothing + "done", nothing + "error", refused},
		{`ADD "{}\n" (2)`, nothing + "done", nothing + "error", refused},
		{`ADD "exec: !!binary Yf9i\n"`, was(`"a\xffb"`, "", ""), nothing + "error", refused},
		{`ADD "exec: x\nafter:\n- b\n- a\n- \"\"\n- \"yes\"\n- \"1\"\n"`, was(`"x"`, `"b" "a" "" "yes" "1"`, ""),
			nothing + "error", refused},
		{`ADD "exec: x\nlog: bogus\n"`, was(`"x"`, "", "bogus"), nothing + "error", refused},
	}, "tables", tables, daemon.Socket)
}

// What daemons have said, and what nobody should; and what is made of it where that is something else than it was.
func TestReplies(t *testing.T) {
	const (
		notOK  = "a reply must say that its state is ok"
		body   = "a list must be a map, and a status one of a service that could be"
		behind = "nothing may come behind a reply"
		all    = "stop error monitor error list error status error exists error"
	)
	replies := []struct{ text, now, reason string }{
		{`{"state":"ok","body":null}`, "stop done monitor done list error status error exists error", body},
		{`{"state":"error","body":"service name \"x\" unknown"}`, "stop ErrUnknownService monitor error list ErrUnknownService " +
			"status ErrUnknownService exists false", "no daemon refuses a monitor because it does not know the service"},
		{`{"state":"error","body":"service name \"x\ny\" unknown"}`, "stop error monitor error " +
			"list ErrUnknownService status error exists error", "another service than the one that was asked for"},
		{`{"state":"error","body":"monitor: service name \"x\" unknown"}`, "", ""},
		{`{"state":"error","body":"service \"x\" already monitored"}`, "", ""},
		{`{"state":"error","body":{"a":1}}`, "", ""},
		{`{"state":"error","body":null}`, "", ""},
		{`{"state":"error"}`, "", ""},
		{`{"state":"weird","body":null}`, all, notOK},
		{`{}`, all, notOK},
		{``, "", ""},
		{`bad request{"state":"ok","body":null}`, "", ""},
		{`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}`, all, notOK},
		{`{"STATE":"error","BODY":"x"}`, "", ""},
		{`{"state":"ok","body":null} trailing`, all, behind},
		{`[]`, "", ""},
		{`"x"`, "", ""},
		{`null`, all, notOK},
		{`{"state":"ok","body":{"a":"Running","b":"Error(Exited(Pid(1), 1))"}}`,
			"stop done monitor done list [a=running b=error(exited(pid(1), 1))] status error exists error", body},
		{`{"state":"ok","body":{"after":{"y":"Blocked"},"name":"x","pid":7,"state":"Running","target":"Up"}}`, "", ""},
		{`{"state":"ok","body":{"name":"x","pid":4294967295,"state":"Running","target":"Up","after":{}}}`,
			"stop done monitor done list error status error exists error", "no process has such a number"},
		{`{"state":"ok","body":{"name":"x","pid":1,"state":"Run ning","target":"Up"}}`, "", ""},
		{`{"state":"ok","body":{"pid":"1"}}`, "", ""},
		{`{"state":"ok","body":{"pid":1.5}}`, "", ""},
		{`{"state":"ok","body":{"target":"up","state":null,"after":null}}`,
			"stop done monitor done list error status error exists error", body},
		{`{"state":"ok","body":{"Name":"X","PID":7,"State":"spawned","TARGET":"Down"}}`,
			"stop done monitor done list error status error exists error", body},
		{`{"state":"ok","body":{"name":"\ud800x"}}`, "stop done monitor done list error status error exists error", body},
		{`{"state":"ok","body":{"name":"a","name":"b"}}`,
			"stop done monitor done list [name=b] status error exists error", body},
		{`{"state":"ERROR","body":"x"}`, all, notOK},
	}
	arguments := []string{"wire"}
	var differences []difference
	for number, reply := range replies {
		text := reply.text
		arguments = append(arguments, testdaemon.Script(t, func(string, net.Conn) string { return text }).Socket)
		if reply.reason != "" {
			reason := fmt.Sprintf("%s (the reply %s)", reply.reason, text)
			differences = append(differences, difference{fmt.Sprintf("WIRE %d", number), "", reply.now, reason})
		}
	}
	compare(t, differences, arguments...)
}
