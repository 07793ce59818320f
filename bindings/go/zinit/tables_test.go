package zinit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v2"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
)

func TestStateTable(t *testing.T) {
	for _, row := range testdaemon.Table(t, "state.txt") {
		var state ServiceState
		err := state.UnmarshalText([]byte(testdaemon.Text(t, row[0])))
		if row[1] == "error" {
			if err == nil || err.Error() != "invalid service state value" || state != (ServiceState{}) {
				t.Errorf("%s: %v, error %v", row[0], state, err)
			}
			continue
		}
		text, exited := testdaemon.Text(t, row[1]), row[2] == "true"
		if err != nil || state.String() != text || state.Exited() != exited {
			t.Errorf("%s: %q, exited %v, error %v", row[0], state.String(), state.Exited(), err)
		}
		if written, err := state.MarshalYAML(); written != text || err != nil {
			t.Errorf("%s: written as %v, error %v", row[0], written, err)
		}
	}
}

func TestTheZeroStateIsUnknownAndNothingElse(t *testing.T) {
	var state ServiceState
	if state.String() != "unknown" || state.Exited() || state.Is(ServiceStateUnknown) || !state.Is("") ||
		state.Any(ServiceStateUnknown, ServiceStateRunning) {
		t.Errorf("%q", state.String())
	}
}

// keysOf is a definition as the tables have it: the keys that were read.
type keysOf struct {
	Exec    string            `json:"exec"`
	Oneshot bool              `json:"oneshot"`
	Test    string            `json:"test"`
	After   []string          `json:"after"`
	Env     map[string]string `json:"env"`
	Log     LogType           `json:"log"`
}

func keys(service InitService) keysOf {
	return keysOf{service.Exec, service.Oneshot, service.Test, service.After, service.Env, service.Log}
}

func TestServiceFileTableByUnmarshal(t *testing.T) {
	for _, row := range testdaemon.Table(t, "service_files.txt") {
		var service InitService
		err := yaml.Unmarshal([]byte(testdaemon.Text(t, row[0])), &service)
		compareKeys(t, row[0], row[2], service, err)
	}
}

// The same files, read by LoadService: by the C library. What that cannot understand is for other tests.
func TestServiceFileTableByLoadService(t *testing.T) {
	directory := t.TempDir()
	client, err := WithOptions(Options{ConfigDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range testdaemon.Table(t, "service_files.txt") {
		if strings.Contains(row[3], `{"?":"not understood"}`) {
			continue
		}
		content := testdaemon.Text(t, row[0])
		if err := os.WriteFile(filepath.Join(directory, "row.yaml"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		service, err := client.LoadService("row")
		compareKeys(t, row[0], row[3], service, err)
	}
}

// compareKeys compares what was read from a file with a column of the table.
func compareKeys(t *testing.T, file, column string, service InitService, err error) {
	t.Helper()
	var expected keysOf
	expectError := strings.HasPrefix(column, "error")
	if !expectError {
		if err := json.Unmarshal([]byte(column), &expected); err != nil {
			t.Fatalf("%s: %v", column, err)
		}
	}
	found := keys(service)
	for _, keys := range []*keysOf{&found, &expected} {
		if len(keys.After) == 0 {
			keys.After = nil
		}
		if len(keys.Env) == 0 {
			keys.Env = nil
		}
	}
	if (err != nil) != expectError || !expectError && !reflect.DeepEqual(found, expected) {
		t.Errorf("%s: %+v, error %v; expected %s", file, found, err, column)
	}
}

func TestMarshalTable(t *testing.T) {
	for _, row := range testdaemon.Table(t, "marshal.txt") {
		exec, file := testdaemon.Text(t, row[0]), testdaemon.Text(t, row[1])
		var service InitService
		// The other keys stand in the file only.
		if err := yaml.Unmarshal([]byte(file), &service); err != nil {
			t.Fatalf("%s: %v", row[1], err)
		}
		service.Exec = exec
		written, err := yaml.Marshal(service)
		if err != nil || string(written) != file {
			t.Errorf("%s: %q, error %v; expected %q", row[0], written, err, file)
		}
	}
}

// What AddService writes is what yaml.Marshal writes, read by a reader of YAML; or it says which key is wrong.
func TestMarshalTableByAddService(t *testing.T) {
	onPurpose := map[string]string{
		`"exec: x\nafter:\n- b\n- a\n- \"\"\n- \"yes\"\n- \"1\"\n"`: "a service without a name cannot be waited for",
		`"exec: x\nlog: bogus\n"`:                                   "the daemon refuses such a log type",
		`"{}\n"`:                                                    "the daemon refuses a file without exec",
		`"exec: !!binary Yf9i\n"`:                                   "the daemon has no text that is not UTF-8",
	}
	directory := t.TempDir()
	client, err := WithOptions(Options{ConfigDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range testdaemon.Table(t, "marshal.txt") {
		var expected, found InitService
		if err := yaml.Unmarshal([]byte(testdaemon.Text(t, row[1])), &expected); err != nil {
			t.Fatal(err)
		}
		expected.Exec = testdaemon.Text(t, row[0])
		err := client.AddService("row", expected)
		if reason := onPurpose[row[1]]; reason != "" {
			if err == nil {
				t.Errorf("%s: no difference any more", row[1])
			}
			t.Logf("differs on purpose: %s is refused (%v): %s", row[1], err, reason)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		content, err := os.ReadFile(filepath.Join(directory, "row.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(content, &found); err != nil || !reflect.DeepEqual(found, expected) {
			t.Errorf("%s: %q is read as %+v, error %v", row[0], content, found, err)
		}
		if loaded, err := client.LoadService("row"); err != nil || !reflect.DeepEqual(loaded, expected) {
			t.Errorf("%s: loaded as %+v, error %v", row[0], loaded, err)
		}
	}
}

func TestShlexTable(t *testing.T) {
	for _, row := range testdaemon.Table(t, "shlex.txt") {
		service := &InitService{Exec: testdaemon.Text(t, row[0])}
		if row[1] == "none" || strings.HasPrefix(row[1], "error") {
			for _, base := range []string{"", ".", service.Exec} {
				if WithExec(base).matches("", service) {
					t.Errorf("%s matches %q", row[0], base)
				}
			}
			continue
		}
		base := testdaemon.Text(t, row[1])
		if !WithExec(base).matches("", service) || WithExec(base+"x").matches("", service) {
			t.Errorf("%s does not match %q alone", row[0], base)
		}
	}
}

func TestAnInvalidPatternMatchesNothing(t *testing.T) {
	for _, row := range testdaemon.Table(t, "regex.txt") {
		if strings.HasPrefix(row[1], "error") {
			pattern := testdaemon.Text(t, row[0])
			if pattern == "(?<n>a)" {
				// A pattern since Go 1.22.
				continue
			}
			if WithExecRegex(pattern).matches("", &InitService{Exec: pattern + "a"}) {
				t.Error(strconv.Quote(pattern))
			}
		}
	}
	service := &InitService{Exec: "/usr/bin/redis --port 6379 \u017f"}
	for pattern, expected := range map[string]bool{
		"": true, "redis": true, "^/usr": true, `\d{4}`: true, "(?i)REDIS": true, `\pL+$`: true, "(?i)S$": true,
		"^redis": false, "(": false, "a**": false, "(?=redis)": false,
	} {
		if WithExecRegex(pattern).matches("", service) != expected {
			t.Errorf("%q", pattern)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	for timeout, expected := range map[string]int64{
		"0s": 0, "1ns": 1, "1ms": 1, "1ms1ns": 2, "1.5s": 1500, "-1ns": 1, "-1h": 1,
		"2562047h47m16.854775806s": 9223372036855,
	} {
		if found := milliseconds(duration(t, timeout)); found != expected {
			t.Errorf("%s: %d", timeout, found)
		}
	}
	if milliseconds(NoLimit) != -1 {
		t.Error("NoLimit")
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	duration, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return duration
}

func TestAStateOfZinit03IsWhatItMeans(t *testing.T) {
	state := stateOf(capi.State{Text: "exited", Kind: capi.StateError})
	if state.String() != "exited" || !state.Is("exited") || !state.Is(ServiceStateError) || !state.Exited() {
		t.Errorf("%#v", state)
	}
	if state.Any(ServiceStateSuccess, ServiceStateRunning, ServiceStateUnknown) {
		t.Errorf("%#v is something else, too", state)
	}
	if state := stateOf(capi.State{Text: "running", Kind: capi.StateRunning}); state != (ServiceState{state: ServiceStateRunning}) {
		t.Errorf("%#v", state)
	}
	if state := stateOf(capi.State{Text: "Paused", Kind: 0}); state.kind != "" || !state.Is("paused") {
		t.Errorf("%#v", state)
	}
}
