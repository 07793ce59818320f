package zinit_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/testdaemon"
	"github.com/threefoldtech/libzinit-client/bindings/go/zinit"
)

// refusing is a daemon that answers everything with an error.
func refusing(t *testing.T, message string) *testdaemon.Scripted {
	return testdaemon.Script(t, func(string, net.Conn) string {
		return fmt.Sprintf(`{"state":"error","body":%q}`, message)
	})
}

// withOptions is a client with a directory of its own for service files.
func withOptions(t *testing.T, socket string) (client *zinit.Client, configDir string) {
	t.Helper()
	configDir = t.TempDir()
	client, err := zinit.WithOptions(zinit.Options{Socket: socket, ConfigDir: configDir})
	if err != nil {
		t.Fatal(err)
	}
	return client, configDir
}

func codeOf(err error) zinit.Code {
	var failed *zinit.Error
	if errors.As(err, &failed) {
		return failed.Code
	}
	return 0
}

// ofOneService are all operations on one service.
func ofOneService(client *zinit.Client) map[string]func(name string) error {
	return map[string]func(name string) error{
		"Status":           func(name string) error { _, err := client.Status(name); return err },
		"Exists":           func(name string) error { _, err := client.Exists(name); return err },
		"Get":              func(name string) error { _, err := client.Get(name); return err },
		"Start":            client.Start,
		"Stop":             client.Stop,
		"Monitor":          client.Monitor,
		"Forget":           client.Forget,
		"Kill":             func(name string) error { return client.Kill(name, zinit.SIGTERM) },
		"StartWait":        func(name string) error { return client.StartWait(time.Second, name) },
		"StopWait":         func(name string) error { return client.StopWait(time.Second, name) },
		"StartWaitContext": func(name string) error { return client.StartWaitContext(context.Background(), time.Second, name) },
		"StopWaitContext":  func(name string) error { return client.StopWaitContext(context.Background(), time.Second, name) },
		"Restart":          func(name string) error { return client.Restart(time.Second, time.Second, name) },
		"Deploy": func(name string) error {
			return client.Deploy(time.Second, time.Second, name, zinit.InitService{Exec: "true"})
		},
		"Reload": func(name string) error { return client.Reload(time.Second, time.Second, name) },
		"Stats":  func(name string) error { _, err := client.Stats(name); return err },
	}
}

func TestAnUnknownServiceIsTheVeryValue(t *testing.T) {
	client, _ := withOptions(t, refusing(t, `service name "web" unknown`).Socket)
	for operation, call := range ofOneService(client) {
		err := call("web")
		switch operation {
		case "Exists":
			if err != nil {
				t.Errorf("%s: %v", operation, err)
			}
			continue
		case "Monitor", "Deploy", "Reload":
			// No daemon says so there.
			continue
		case "Stats":
			// No daemon that speaks this protocol is asked for them.
			if !errors.Is(err, zinit.ErrNotSupported) {
				t.Errorf("%s: %v", operation, err)
			}
			continue
		}
		if err != zinit.ErrUnknownService {
			t.Errorf("%s: %v", operation, err)
		}
		if !errors.Is(fmt.Errorf("while testing: %w", err), zinit.ErrUnknownService) {
			t.Errorf("%s: not the same inside another error", operation)
		}
		if errors.Is(err, zinit.ErrAlreadyMonitored) || codeOf(err) != zinit.CodeUnknownService {
			t.Errorf("%s: %v", operation, codeOf(err))
		}
	}
}

func TestAlreadyMonitoredIsTheVeryValue(t *testing.T) {
	client, _ := withOptions(t, refusing(t, `service "web" already monitored`).Socket)
	err := client.Monitor("web")
	if err != zinit.ErrAlreadyMonitored || !errors.Is(fmt.Errorf("%w", err), zinit.ErrAlreadyMonitored) {
		t.Error(err)
	}
}

func TestAGroupKeepsItsMessageAndIsTheSentinel(t *testing.T) {
	daemon := testdaemon.Script(t, func(command string, _ net.Conn) string {
		if strings.HasPrefix(command, "monitor") {
			return `{"state":"error","body":"failed to load service config"}`
		}
		name := command[strings.LastIndexByte(command, ' ')+1:]
		return fmt.Sprintf(`{"state":"error","body":"service name \"%s\" unknown"}`, name)
	})
	client, _ := withOptions(t, daemon.Socket)
	err := client.StartMultiple(time.Second, "a", "b")
	var failed *zinit.Error
	if !errors.As(err, &failed) || failed.Code != zinit.CodeConfigRefused || len(failed.Failures) != 2 {
		t.Fatalf("%v: %+v", err, failed)
	}
	if failed.Failures[0].Step != zinit.StepStarting || failed.Step != zinit.StepNone {
		t.Errorf("%v, %v", failed.Failures[0].Step, failed.Step)
	}
	if failed.Failures[0].Service != "a" || failed.Failures[1].Service != "b" {
		t.Errorf("%+v", failed.Failures)
	}
	for _, name := range []string{"a", "b"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	err = client.RestartMultiple(time.Second, time.Second, "a", "b")
	if !errors.As(err, &failed) || failed.Code != zinit.CodeUnknownService || len(failed.Failures) != 2 {
		t.Fatalf("%v: %+v", err, failed)
	}
	if failed.Failures[1].Step != zinit.StepStopping || failed.Failures[1].Step.String() != "Stopping" {
		t.Errorf("%v", failed.Failures[1].Step)
	}
	if unknown := zinit.Step(12345).String(); unknown != "Step(12345)" {
		t.Error(unknown)
	}
	if err := client.StopMultiple(time.Second, "a", "b"); err != nil {
		t.Errorf("services that are not there count as stopped: %v", err)
	}
}

func TestWhatAnErrorTells(t *testing.T) {
	client, directory := withOptions(t, refusing(t, `service "web" is up`).Socket)
	err := client.Forget("web")
	var failed *zinit.Error
	if !errors.As(fmt.Errorf("wrapped: %w", err), &failed) {
		t.Fatalf("%T: %v", err, err)
	}
	if failed.Code != zinit.CodeServiceUp || failed.Service != "web" || !failed.RequestSent ||
		failed.DaemonMessage != `service "web" is up` || err.Error() != `cannot forget "web": it is up; stop it first` {
		t.Errorf("%+v", failed)
	}
	if failed.Code.String() != "ZINIT_ERR_SERVICE_UP" {
		t.Error(failed.Code)
	}

	_, err = client.LoadService("web")
	if !errors.Is(err, os.ErrNotExist) || codeOf(err) != zinit.CodeFileNotFound {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(directory, "web.yaml"), []byte("exec: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = client.LoadService("web"); codeOf(err) != zinit.CodeFileSyntax {
		t.Errorf("a file that is none: %v", err)
	}

	_, err = zinit.New(filepath.Join(directory, "no.sock")).List()
	if codeOf(err) != zinit.CodeNotRunning || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no daemon: %v", err)
	}
	if errors.As(err, &failed); failed.RequestSent {
		t.Error("nothing was sent")
	}
}

func TestAMissingFileOfAMonitoredService(t *testing.T) {
	daemon := testdaemon.Script(t, func(string, net.Conn) string {
		return `{"state":"ok","body":{"after":{},"name":"web","pid":7,"state":"Running","target":"Up"}}`
	})
	client, _ := withOptions(t, daemon.Socket)
	if _, err := client.Get("web"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestTheStatusAfterAnError(t *testing.T) {
	client, _ := withOptions(t, refusing(t, "no").Socket)
	status, err := client.Status("web")
	if err == nil || status.State.Exited() || status.State.Is(zinit.ServiceStateRunning) ||
		status.State.String() != "unknown" || status.Pid != 0 || status.Target != "" {
		t.Errorf("%+v, error %v", status, err)
	}
	if list, err := client.List(); list != nil || err == nil {
		t.Errorf("%v, error %v", list, err)
	}
}

func TestAReplyThatDoesNotSayOK(t *testing.T) {
	for _, reply := range []string{"", "{}", "null", "[]", `{"state":"weird","body":null}`, `{"state":"ok"`, "bad request"} {
		reply := reply
		client, _ := withOptions(t, testdaemon.Script(t, func(string, net.Conn) string { return reply }).Socket)
		expected := zinit.CodeProtocol
		if reply == "" || reply == `{"state":"ok"` {
			expected = zinit.CodeClosed
		}
		if err := client.Start("web"); codeOf(err) != expected {
			t.Errorf("%q: %v", reply, err)
		}
	}
}

func TestADaemonThatDoesNotAnswer(t *testing.T) {
	daemon := testdaemon.Script(t, func(_ string, connection net.Conn) string {
		_, _ = connection.Read(make([]byte, 1))
		return ""
	})
	client, err := zinit.WithOptions(zinit.Options{Socket: daemon.Socket, IOTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var failed *zinit.Error
	if err := client.Start("web"); !errors.As(err, &failed) || failed.Code != zinit.CodeNoReply || !failed.RequestSent {
		t.Errorf("%+v", failed)
	}
}

func TestWhatCannotBeAskedIsNotSent(t *testing.T) {
	daemon := refusing(t, "no")
	client, directory := withOptions(t, daemon.Socket)
	calls := ofOneService(client)
	calls["AddService"] = func(name string) error { return client.AddService(name, zinit.InitService{Exec: "true"}) }
	calls["LoadService"] = func(name string) error { _, err := client.LoadService(name); return err }
	calls["RemoveService"] = client.RemoveService
	calls["StartMultiple"] = func(name string) error { return client.StartMultiple(time.Second, "web", name) }
	calls["StopMultiple"] = func(name string) error { return client.StopMultiple(time.Second, "web", name) }
	calls["RestartMultiple"] = func(name string) error { return client.RestartMultiple(time.Second, 0, "web", name) }
	calls["Destroy"] = func(name string) error { return client.Destroy(time.Second, "web", name) }
	calls["Watch"] = func(name string) error { _, err := client.Watch(time.Second, "web", name); return err }
	for operation, call := range calls {
		for _, name := range []string{"", "a/b", "../x", "a\nb", "a\x00b", "\x00", strings.Repeat("x", 251)} {
			if err := call(name); codeOf(err) != zinit.CodeInvalidName {
				t.Errorf("%s(%q): %v", operation, name, err)
			}
		}
		if err := call("a\xffb"); codeOf(err) != zinit.CodeInvalidArgument {
			t.Errorf("%s with what is not UTF-8: %v", operation, err)
		}
	}
	for _, signal := range []zinit.Signal{"", "NOPE", "15", "SIGTERM SIGKILL", "SIG\x00TERM"} {
		if err := client.Kill("web", signal); codeOf(err) != zinit.CodeInvalidSignal {
			t.Errorf("Kill(%q): %v", signal, err)
		}
	}
	for _, service := range []zinit.InitService{
		{}, {Exec: "a\x00b"}, {Exec: "a", Test: "\x00"}, {Exec: "a", Env: map[string]string{"": "x"}},
		{Exec: "a", Env: map[string]string{"A\x00": "x"}}, {Exec: "a", Env: map[string]string{"A": "\x00"}},
		{Exec: "a", Log: "bogus"},
	} {
		err := client.AddService("web", service)
		if codeOf(err) != zinit.CodeInvalidService {
			t.Errorf("AddService(%+v): %v", service, err)
		}
		if deployed := client.Deploy(0, 0, "web", service); codeOf(deployed) != zinit.CodeInvalidService {
			t.Errorf("Deploy(%+v): %v", service, deployed)
		}
	}
	if _, err := client.Matches(); codeOf(err) != zinit.CodeInvalidArgument {
		t.Errorf("Matches: %v", err)
	}
	if sent := daemon.Commands(); len(sent) > 0 {
		t.Errorf("sent all the same: %q", sent)
	}
	if files, err := os.ReadDir(directory); len(files) > 0 || err != nil {
		t.Errorf("written all the same: %v, %v", files, err)
	}
}

func TestAClientThatCannotBe(t *testing.T) {
	var zero zinit.Client
	var none *zinit.Client
	for what, client := range map[string]*zinit.Client{
		"zero": &zero, "nil": none, "a long path": zinit.New("/" + strings.Repeat("x", 107)), "a NUL": zinit.New("/a\x00b"),
	} {
		calls := ofOneService(client)
		calls["List"] = func(string) error { _, err := client.List(); return err }
		calls["Statuses"] = func(string) error { _, err := client.Statuses(); return err }
		calls["Version"] = func(string) error { _, err := client.Version(); return err }
		calls["Protocol"] = func(string) error { _, err := client.Protocol(); return err }
		calls["Reboot"] = func(string) error { return client.Reboot() }
		calls["Shutdown"] = func(string) error { return client.Shutdown() }
		calls["StartHTTPServer"] = func(string) error { return client.StartHTTPServer("127.0.0.1:80") }
		calls["StopHTTPServer"] = func(string) error { return client.StopHTTPServer() }
		calls["Matches"] = func(name string) error { _, err := client.Matches(zinit.WithName(name)); return err }
		calls["RestartMultiple"] = func(name string) error { return client.RestartMultiple(0, 0, name) }
		calls["Destroy"] = func(name string) error { return client.Destroy(time.Second, name) }
		calls["AddService"] = func(name string) error { return client.AddService(name, zinit.InitService{Exec: "a"}) }
		calls["RemoveService"] = client.RemoveService
		calls["Watch"] = func(string) error { _, err := client.Watch(0); return err }
		for operation, call := range calls {
			if err := call("web"); codeOf(err) != zinit.CodeInvalidArgument {
				t.Errorf("%s: %s: %v", what, operation, err)
			}
		}
	}
	for _, options := range []zinit.Options{
		{IOTimeout: -1}, {IOTimeout: zinit.NoLimit}, {Steady: zinit.NoLimit}, {Protocol: 4}, {Protocol: -1}, {StopOrder: 2}, {StopOrder: -1}, {Socket: strings.Repeat("x", 108)}, {ConfigDir: "\x00"}, {ZinitBinary: "\x00"},
	} {
		if _, err := zinit.WithOptions(options); codeOf(err) != zinit.CodeInvalidArgument {
			t.Errorf("%+v: %v", options, err)
		}
	}
}

func TestTheProtocolIsToldAndHeldTo(t *testing.T) {
	for spoken, reply := range map[zinit.Protocol]string{
		zinit.ProtocolLine: `{"state":"ok","body":{}}`, zinit.ProtocolJSONRPC: `{"jsonrpc":"2.0","id":1,"result":{}}`,
	} {
		reply := reply
		daemon := testdaemon.Script(t, func(string, net.Conn) string { return reply })
		for _, named := range []zinit.Protocol{
			zinit.ProtocolAny, zinit.ProtocolLine, zinit.ProtocolJSONRPC, zinit.ProtocolZinit03,
		} {
			client, err := zinit.WithOptions(zinit.Options{Socket: daemon.Socket, Protocol: named})
			if err != nil {
				t.Fatal(err)
			}
			if protocol, err := client.Protocol(); protocol != spoken || err != nil {
				t.Errorf("%v, with %v: %v, error %v", spoken, named, protocol, err)
			}
			_, err = client.List()
			if named == zinit.ProtocolAny || named == spoken {
				if err != nil {
					t.Errorf("%v, with %v: %v", spoken, named, err)
				}
			} else if codeOf(err) != zinit.CodeProtocol {
				t.Errorf("%v, with %v: %v", spoken, named, err)
			}
		}
	}
	client := zinit.New(filepath.Join(t.TempDir(), "nosuch"))
	if protocol, err := client.Protocol(); protocol != zinit.ProtocolAny || codeOf(err) != zinit.CodeNotRunning {
		t.Errorf("%v, error %v", protocol, err)
	}
	for protocol, word := range map[zinit.Protocol]string{
		zinit.ProtocolAny: "any", zinit.ProtocolLine: "line", zinit.ProtocolJSONRPC: "json-rpc",
		zinit.ProtocolZinit03: "zinit-0.3", 4: "Protocol(4)",
	} {
		if protocol.String() != word {
			t.Errorf("%d: %v, expected %v", protocol, protocol, word)
		}
	}
}

func TestVersionAndShutdownOfAnOldDaemon(t *testing.T) {
	daemon := testdaemon.Script(t, func(string, net.Conn) string { return `{"state":"ok","body":null}` })
	binary := filepath.Join(t.TempDir(), "zinit")
	client, err := zinit.WithOptions(zinit.Options{Socket: daemon.Socket, ZinitBinary: binary})
	if err != nil {
		t.Fatal(err)
	}
	says := func(output string) {
		if err := os.WriteFile(binary, []byte("#!/bin/sh\necho '"+output+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Version(); codeOf(err) != zinit.CodeVersion {
		t.Errorf("no binary: %v", err)
	}
	for output, expected := range map[string]string{
		"zinit v0.2.14": "0.2.14", "zinit 0.2.9": "0.2.9", "zinit v0.2.14-3-gabcdef": "0.2.14-3-gabcdef",
		"zinit v0.2.14+x": "0.2.14+x",
	} {
		says(output)
		if version, err := client.Version(); err != nil || version.String() != expected {
			t.Errorf("%q: %v, error %v", output, version, err)
		}
	}
	says("zinit v0.2.8")
	if err := client.Shutdown(); !errors.Is(err, zinit.ErrNotSupported) || len(daemon.Commands()) > 0 {
		t.Errorf("shutdown of an old daemon: %v, sent %q", err, daemon.Commands())
	}
	says("zinit v0.2.9-1-gabc")
	if err := client.Shutdown(); err != nil {
		t.Error(err)
	}
	if err := client.Reboot(); err != nil {
		t.Error(err)
	}
	if sent := strings.Join(daemon.Commands(), " "); sent != "shutdown reboot" {
		t.Error(sent)
	}
}

func TestVersionTable(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "zinit")
	client, err := zinit.WithOptions(zinit.Options{ZinitBinary: binary})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range testdaemon.Table(t, "semver.txt") {
		text := testdaemon.Text(t, row[0])
		if err := os.WriteFile(binary, []byte("#!/bin/sh\necho 'zinit v"+text+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		version, err := client.Version()
		if row[1] == "error" {
			if codeOf(err) != zinit.CodeVersion {
				t.Errorf("%s: %v, error %v", row[0], version, err)
			}
		} else if expected := testdaemon.Text(t, row[1]); err != nil || version.String() != expected {
			t.Errorf("%s: %v, error %v", row[0], version, err)
		}
	}
}

func TestCodesHaveTheNamesOfTheHeader(t *testing.T) {
	for code, name := range map[zinit.Code]string{
		0: "ZINIT_OK", zinit.CodeInvalidArgument: "ZINIT_ERR_INVALID_ARGUMENT", zinit.CodeInvalidName: "ZINIT_ERR_INVALID_NAME",
		zinit.CodeInvalidSignal: "ZINIT_ERR_INVALID_SIGNAL", zinit.CodeInvalidService: "ZINIT_ERR_INVALID_SERVICE",
		zinit.CodeUnknownService: "ZINIT_ERR_UNKNOWN_SERVICE", zinit.CodeAlreadyMonitored: "ZINIT_ERR_ALREADY_MONITORED",
		zinit.CodeServiceUp: "ZINIT_ERR_SERVICE_UP", zinit.CodeServiceDown: "ZINIT_ERR_SERVICE_DOWN",
		zinit.CodeShuttingDown: "ZINIT_ERR_SHUTTING_DOWN", zinit.CodeConfigRefused: "ZINIT_ERR_CONFIG_REFUSED",
		zinit.CodeNotSupported: "ZINIT_ERR_NOT_SUPPORTED", zinit.CodeDaemon: "ZINIT_ERR_DAEMON",
		zinit.CodeTimeout: "ZINIT_ERR_TIMEOUT", zinit.CodeCancelled: "ZINIT_ERR_CANCELLED",
		zinit.CodeTargetChanged: "ZINIT_ERR_TARGET_CHANGED", zinit.CodeServiceFailed: "ZINIT_ERR_SERVICE_FAILED",
		zinit.CodeNotRunning: "ZINIT_ERR_NOT_RUNNING", zinit.CodePermission: "ZINIT_ERR_PERMISSION",
		zinit.CodeIO: "ZINIT_ERR_IO", zinit.CodeNoReply: "ZINIT_ERR_NO_REPLY", zinit.CodeClosed: "ZINIT_ERR_CLOSED",
		zinit.CodeProtocol: "ZINIT_ERR_PROTOCOL", zinit.CodeReplyTooLarge: "ZINIT_ERR_REPLY_TOO_LARGE",
		zinit.CodeFileNotFound: "ZINIT_ERR_FILE_NOT_FOUND", zinit.CodeFileIO: "ZINIT_ERR_FILE_IO",
		zinit.CodeFileSyntax: "ZINIT_ERR_FILE_SYNTAX", zinit.CodeVersion: "ZINIT_ERR_VERSION",
		zinit.CodeInternal: "ZINIT_ERR_INTERNAL", 12345: "Code(12345)", -999: "Code(-999)",
	} {
		if code.String() != name {
			t.Errorf("%d: %s, expected %s", code, code, name)
		}
	}
}
