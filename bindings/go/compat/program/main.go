// Command program uses the package zinit as its callers do. It is built twice, with the original's import path and with
// ours and nothing else changed; what it prints, a line a case, is to be the same.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/threefoldtech/zosbase/pkg/zinit"
	"gopkg.in/yaml.v2"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: program life | operations | tables DIRECTORY SOCKET | wire SOCKET...")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "life":
		life()
	case "operations":
		operations(zinit.Default())
	case "tables":
		tables(os.Args[2], zinit.New(os.Args[3]))
	case "wire":
		for number, socket := range os.Args[2:] {
			wire(number, zinit.New(socket))
		}
	}
}

// say prints the result of a case: kinds of errors, not their words.
func say(name string, results ...interface{}) {
	line := name + "\t"
	for number, result := range results {
		if number > 0 {
			line += " "
		}
		switch value := result.(type) {
		case nil:
			line += "done"
		case error:
			line += kind(value)
		default:
			line += fmt.Sprintf("%+v", value)
		}
	}
	fmt.Println(line)
}

func kind(err error) string {
	switch {
	case err == zinit.ErrUnknownService:
		return "ErrUnknownService"
	case err == zinit.ErrAlreadyMonitored:
		return "ErrAlreadyMonitored"
	case errors.Is(err, zinit.ErrNotSupported):
		return "ErrNotSupported"
	case errors.Is(err, os.ErrNotExist):
		return "ErrNotExist"
	default:
		return "error"
	}
}

func definition(service zinit.InitService) string {
	return fmt.Sprintf("{exec=%q oneshot=%v test=%q after=%q env=%q log=%q}",
		service.Exec, service.Oneshot, service.Test, service.After, service.Env, service.Log)
}

// status is what stays the same from one run to the next.
func status(status zinit.ServiceStatus) string {
	word, _, _ := strings.Cut(status.State.String(), "(")
	return fmt.Sprintf("{%s %s %s process=%v after=%v}", status.Name, word, status.Target, status.Pid != 0, status.After)
}

// settle waits until a service has a state.
func settle(client *zinit.Client, name string, states ...zinit.PossibleState) {
	for i := 0; i < 1000; i++ {
		status, err := client.Status(name)
		if err == nil && status.State.Any(states...) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	say("settle "+name, "never")
}

// life takes services through deploy, kill, matches, stop-multiple and destroy.
func life() {
	client := zinit.Default()
	names := []string{"life-a", "life-b", "life-c"}
	for _, name := range names {
		_, err := client.Status(name)
		say(name+" before", err)
		say(name+" StopWait", client.StopWait(5*time.Second, name))
		say(name+" Forget", client.Forget(name))
		say(name+" AddService", zinit.AddService(name, zinit.InitService{
			Exec: "sleep 1000", Env: map[string]string{"NAME": name}, Log: zinit.RingLogType,
		}))
		say(name+" Monitor", client.Monitor(name))
		if err := client.Monitor(name); err != nil && err != zinit.ErrAlreadyMonitored {
			say(name+" Monitor again", err)
		}
		say(name+" StartWait", client.StartWait(20*time.Second, name))
		up, err := client.Status(name)
		say(name+" Status", status(up), err)
		loaded, err := client.Get(name)
		say(name+" Get", definition(loaded), err)
	}
	before, err := client.Status("life-a")
	say("Status", err)
	say("Kill", client.Kill("life-a", zinit.SIGKILL))
	for i := 0; i < 1000; i++ {
		after, err := client.Status("life-a")
		if err == nil && after.Pid != before.Pid && after.Pid != 0 && after.State.Is(zinit.ServiceStateRunning) {
			say("spawned again", true)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	matched, err := client.Matches(zinit.WithExec("sleep"), zinit.WithExecRegex(`1000$`))
	sort.Strings(matched)
	say("Matches", matched, err)
	matched, err = client.Matches(zinit.WithName("life-b"), zinit.WithExec("sleep"))
	say("Matches by name", matched, err)
	say("StopMultiple", client.StopMultiple(10*time.Second, "life-a", "life-b"))
	for _, name := range names {
		now, err := client.Status(name)
		say(name+" after StopMultiple", now.Target, now.Pid != 0, err)
	}
	say("Destroy", client.Destroy(10*time.Second, names...))
	for _, name := range names {
		exists, err := client.Exists(name)
		say(name+" Exists", exists, err)
		_, err = zinit.LoadService(name)
		say(name+" LoadService", err)
	}
}

// operations calls everything, in ways that go well and in ways that do not.
func operations(client *zinit.Client) {
	unknown(client)
	one(client)
	oddNames(client)
	waits(client)
	groups(client)
	matching(client)
	withoutDaemon(zinit.New("/nonexistent/zinit.sock"))

	version, err := client.Version()
	say("Version", version, err)
}

func unknown(client *zinit.Client) {
	const name = "unknown"
	got, err := client.Status(name)
	say("unknown Status", status(got), got.State.Exited(), got.State.Is(zinit.ServiceStateUnknown), err)
	exists, err := client.Exists(name)
	say("unknown Exists", exists, err)
	_, err = client.Get(name)
	say("unknown Get", err)
	_, err = zinit.LoadService(name)
	say("unknown LoadService", err)
	say("unknown RemoveService", zinit.RemoveService(name))
	say("unknown Start", client.Start(name))
	say("unknown Stop", client.Stop(name))
	say("unknown Monitor", client.Monitor(name))
	say("unknown Forget", client.Forget(name))
	say("unknown Kill", client.Kill(name, zinit.SIGTERM))
	say("unknown StartWait", client.StartWait(time.Second, name))
	say("unknown StopWait", client.StopWait(time.Second, name))
	say("unknown StartMultiple", client.StartMultiple(time.Second, name))
	say("unknown StopMultiple", client.StopMultiple(time.Second, name))
	say("unknown Destroy", client.Destroy(time.Second, name))
}

func one(client *zinit.Client) {
	const name = "one"
	say("AddService", zinit.AddService(name, zinit.InitService{Exec: "sleep 1000", After: []string{}}))
	say("Monitor", client.Monitor(name))
	say("Monitor again", client.Monitor(name))
	settle(client, name, zinit.ServiceStateRunning)
	got, err := client.Status(name)
	say("Status", status(got), err)
	list, err := client.List()
	state := list[name]
	say("List", state.String(), err)
	exists, err := client.Exists(name)
	say("Exists", exists, err)
	loaded, err := client.Get(name)
	say("Get", definition(loaded), err)
	say("Start of what is up", client.Start(name))
	say("Forget of what is up", client.Forget(name))
	for _, signal := range []zinit.Signal{
		zinit.SIGCONT, zinit.SIGCLD, zinit.SIGCHLD, zinit.SIGURG, zinit.SIGWINCH, "sigcont", "NOPE", "18", "", "SIGCONT extra",
	} {
		say("Kill "+strconv.Quote(string(signal)), client.Kill(name, signal))
	}
	say("StopWait", client.StopWait(5*time.Second, name))
	got, err = client.Status(name)
	say("Status of what is down", got.Target, got.Pid != 0, got.State.Exited(), err)
	say("Kill of what is down", client.Kill(name, zinit.SIGTERM))
	say("Stop of what is down", client.Stop(name))
	say("Start", client.Start(name))
	settle(client, name, zinit.ServiceStateRunning)
	say("StartWait of what is up", client.StartWait(5*time.Second, name))
	say("StartWait 0", client.StartWait(0, name))
	say("StopWait 0", client.StopWait(0, name))
	settle(client, name, zinit.ServiceStateError, zinit.ServiceStateSuccess)
	say("Forget", client.Forget(name))
	say("Forget again", client.Forget(name))
	say("RemoveService", zinit.RemoveService(name))
	say("RemoveService again", zinit.RemoveService(name))
}

func oddNames(client *zinit.Client) {
	for _, name := range []string{"", "with space", "stream:1", "a.b", `a"b`, "#x", "a\nb", "../x", "a/b"} {
		quoted := strconv.Quote(name)
		_, err := client.Status(name)
		say("Status "+quoted, err)
		_, err = zinit.LoadService(name)
		say("LoadService "+quoted, err)
	}
	for _, name := range []string{"with space", "stream:1", "a.b"} {
		say("AddService "+name, zinit.AddService(name, zinit.InitService{Exec: "sleep 1000"}))
		err := client.Monitor(name)
		say("Monitor "+name, err)
		if err == nil {
			// The original never sees the end of a service that was stopped before it had a process.
			settle(client, name, zinit.ServiceStateRunning)
		}
		say("Destroy "+name, client.Destroy(5*time.Second, name))
		say("RemoveService "+name, zinit.RemoveService(name))
	}
}

func waits(client *zinit.Client) {
	for _, test := range []struct {
		name    string
		service zinit.InitService
		timeout time.Duration
	}{
		{"wait-oneshot", zinit.InitService{Exec: "true", Oneshot: true}, 5 * time.Second},
		{"wait-fails", zinit.InitService{Exec: "sh -c 'sleep 1.2; exit 3'", Oneshot: true}, 5 * time.Second},
		{"wait-spawned", zinit.InitService{Exec: "sleep 1000", Test: "false"}, 1500 * time.Millisecond},
		{"wait-blocked", zinit.InitService{Exec: "sleep 1000", After: []string{"ghost"}}, 1500 * time.Millisecond},
		{"wait-failure", zinit.InitService{Exec: "/nonexistent/program"}, 1500 * time.Millisecond},
		{"wait-test", zinit.InitService{Exec: "sleep 1000", Test: "true"}, 5 * time.Second},
	} {
		say(test.name+" AddService", zinit.AddService(test.name, test.service))
		say(test.name+" Monitor", client.Monitor(test.name))
		say(test.name+" StartWait", client.StartWait(test.timeout, test.name))
		say(test.name+" Destroy", client.Destroy(5*time.Second, test.name))
	}
}

func groups(client *zinit.Client) {
	names := []string{"group-a", "group-b"}
	for _, name := range names {
		say("AddService "+name, zinit.AddService(name, zinit.InitService{Exec: "sleep 1000"}))
	}
	say("StartMultiple", client.StartMultiple(10*time.Second, names...))
	for _, name := range names {
		got, err := client.Status(name)
		say("Status "+name, status(got), err)
	}
	say("StartMultiple again", client.StartMultiple(10*time.Second, names...))
	say("StartMultiple with an unknown one", client.StartMultiple(5*time.Second, "group-none", "group-a"))
	say("StopMultiple", client.StopMultiple(10*time.Second, names...))
	say("StopMultiple with an unknown one", client.StopMultiple(10*time.Second, "group-none", "group-a"))
	say("Destroy", client.Destroy(10*time.Second, names...))
	say("StartMultiple of none", client.StartMultiple(time.Second))
	say("StopMultiple of none", client.StopMultiple(time.Second))
	say("Destroy of none", client.Destroy(time.Second))
}

func matching(client *zinit.Client) {
	for name, exec := range map[string]string{"match-a": "/bin/sleep 1000 a", "match-b": "sleep 1000 b"} {
		_ = zinit.AddService(name, zinit.InitService{Exec: exec})
		_ = client.Monitor(name)
	}
	for _, test := range []struct {
		name    string
		filters []zinit.Filter
	}{
		{"none", nil},
		{"exec", []zinit.Filter{zinit.WithExec("sleep")}},
		{"exec without directory", []zinit.Filter{zinit.WithExec("/bin/sleep")}},
		{"name", []zinit.Filter{zinit.WithName("match-a")}},
		{"name and exec", []zinit.Filter{zinit.WithName("match-a"), zinit.WithExec("sleep")}},
		{"name and other exec", []zinit.Filter{zinit.WithName("match-a"), zinit.WithExec("sh")}},
		{"unknown name", []zinit.Filter{zinit.WithName("match")}},
		{"regex", []zinit.Filter{zinit.WithExecRegex(`^sleep \d+ [ab]$`)}},
		{"all by regex", []zinit.Filter{zinit.WithExecRegex(``)}},
		{"invalid regex", []zinit.Filter{zinit.WithExecRegex(`(`)}},
	} {
		matched, err := client.Matches(test.filters...)
		sort.Strings(matched)
		say("Matches "+test.name, matched, matched == nil, err)
	}
	say("RemoveService", zinit.RemoveService("match-a"))
	_, err := client.Get("match-a")
	say("Get without a file", err)
	matched, err := client.Matches(zinit.WithExec("sleep"))
	say("Matches with a file missing", matched, err)
	say("Destroy", client.Destroy(5*time.Second, "match-a", "match-b"))
}

func withoutDaemon(client *zinit.Client) {
	_, err := client.List()
	say("no daemon List", err)
	got, err := client.Status("x")
	say("no daemon Status", status(got), got.State.Exited(), err)
	_, err = client.Exists("x")
	say("no daemon Exists", err)
	say("no daemon Start", client.Start("x"))
	say("no daemon Monitor", client.Monitor("x"))
	say("no daemon StartWait", client.StartWait(time.Second, "x"))
	say("no daemon StopWait", client.StopWait(time.Second, "x"))
	say("no daemon StartMultiple", client.StartMultiple(time.Second, "x"))
	say("no daemon StopMultiple", client.StopMultiple(time.Second, "x"))
	say("no daemon Destroy", client.Destroy(time.Second, "x"))
	_, err = client.Matches(zinit.WithName("x"))
	say("no daemon Matches", err)
}

// tables puts the rows of the project's tables of inputs through the package. The daemon behind the client has one
// service, named row.
func tables(directory string, client *zinit.Client) {
	for _, text := range column(directory, "state.txt", 0) {
		var state zinit.ServiceState
		err := state.UnmarshalText([]byte(text))
		written, _ := state.MarshalYAML()
		say("STATE "+strconv.Quote(text), strconv.Quote(state.String()), state.Exited(), written, err)
	}
	const file = "/etc/zinit/row.yaml"
	for _, row := range rows(directory, "service_files.txt") {
		text, _ := strconv.Unquote(row[0])
		var service zinit.InitService
		err := yaml.Unmarshal([]byte(text), &service)
		say("YAML "+strconv.Quote(text), definition(service), err)
		if !readAlike(row[2], row[3]) {
			continue
		}
		_ = os.WriteFile(file, []byte(text), 0o600)
		service, err = zinit.LoadService("row")
		if err != nil {
			service = zinit.InitService{}
		}
		say("LOAD "+strconv.Quote(text), definition(service), err)
	}
	_ = os.Remove(file)
	for _, text := range column(directory, "marshal.txt", 1) {
		var service zinit.InitService
		_ = yaml.Unmarshal([]byte(text), &service)
		written, err := yaml.Marshal(service)
		say("MARSHAL "+strconv.Quote(text), strconv.Quote(string(written)), err)
		err = zinit.AddService("row", service)
		content, _ := os.ReadFile(file)
		service = zinit.InitService{}
		_ = yaml.Unmarshal(content, &service)
		say("ADD "+strconv.Quote(text), definition(service), err)
		_ = os.Remove(file)
	}
	for _, text := range column(directory, "shlex.txt", 0) {
		matches(client, "SHLEX", text, func(exec string) []zinit.Filter {
			return []zinit.Filter{
				zinit.WithExec(filepath.Base(strings.Fields(exec + " x")[0])), zinit.WithExec(""), zinit.WithExec("."),
				zinit.WithExec("a"), zinit.WithExec("a b"), zinit.WithExec("/"),
			}
		})
	}
	for _, text := range column(directory, "regex.txt", 0) {
		matches(client, "RE", text, func(pattern string) []zinit.Filter {
			return []zinit.Filter{zinit.WithExecRegex(pattern)}
		})
	}
	_ = os.Remove(file)
}

// matches asks for a command that is a row of a table, once for each filter.
func matches(client *zinit.Client, table, text string, filters func(string) []zinit.Filter) {
	if content, err := yaml.Marshal(zinit.InitService{Exec: text}); err == nil {
		_ = os.WriteFile("/etc/zinit/row.yaml", content, 0o600)
	}
	for number, filter := range filters(text) {
		matched, err := client.Matches(filter)
		say(fmt.Sprintf("%s %q %d", table, text, number), matched, err)
	}
}

// column is one of a table's columns, of Go string literals.
func column(directory, name string, number int) (texts []string) {
	for _, row := range rows(directory, name) {
		text, err := strconv.Unquote(row[number])
		if err != nil {
			fmt.Fprintln(os.Stderr, row, err)
			os.Exit(1)
		}
		texts = append(texts, text)
	}
	return texts
}

// rows is a table, split into its columns.
func rows(directory, name string) (rows [][]string) {
	content, err := os.ReadFile(filepath.Join(directory, name))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, line := range strings.Split(string(content), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}

// readAlike is whether the original and the C library read the same from a file, as the table has it. Where not, the
// project's test of the table says why.
func readAlike(original, library string) bool {
	if strings.HasPrefix(original, "error") || strings.HasPrefix(library, "error") {
		return strings.HasPrefix(original, "error") && strings.HasPrefix(library, "error")
	}
	var read [2]struct {
		Exec, Test, Log string
		Oneshot         bool
		After           []string
		Env             map[string]string
	}
	for number, column := range []string{original, library} {
		// What the library does not understand is an object where there should be text.
		if json.Unmarshal([]byte(column), &read[number]) != nil {
			return false
		}
		if len(read[number].After) == 0 {
			read[number].After = nil
		}
		if len(read[number].Env) == 0 {
			read[number].Env = nil
		}
	}
	return reflect.DeepEqual(read[0], read[1])
}

// wire asks a daemon that answers everything with the same.
func wire(number int, client *zinit.Client) {
	list, listErr := client.List()
	texts := []string{}
	for service, state := range list {
		texts = append(texts, service+"="+state.String())
	}
	sort.Strings(texts)
	got, statusErr := client.Status("x")
	exists, existsErr := client.Exists("x")
	say(fmt.Sprintf("WIRE %d", number),
		"stop", client.Stop("x"), "monitor", client.Monitor("x"), "list", orError(texts, listErr), "status",
		orError(fmt.Sprint(got.Name, ",", got.Pid, ",", got.State.String(), ",", got.Target, got.After), statusErr),
		"exists", orError(exists, existsErr))
}

// orError is a result, or the error in its place.
func orError(result interface{}, err error) interface{} {
	if err != nil {
		return err
	}
	return result
}
