package zinit

import (
	"fmt"
	"strings"

	"github.com/threefoldtech/libzinit-client/bindings/go/internal/capi"
)

// LogType says where the output of a service goes.
type LogType string

// The places where the output of a service can go.
const (
	// StdoutLogType is the daemon's own output.
	StdoutLogType LogType = "stdout"
	// RingLogType is the daemon's ring buffer.
	RingLogType LogType = "ring"
	// NoneLogType discards the output.
	NoneLogType LogType = "none"
)

// UnmarshalYAML reads a log type and converts it to lower case.
func (s *LogType) UnmarshalYAML(unmarshal func(interface{}) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	*s = LogType(strings.ToLower(text))
	return nil
}

// InitService is the definition of a service. A definition that was loaded from a file also keeps the file's
// text. If no field was changed, AddService and Deploy write it byte for byte. If a field was changed, they
// change only the lines of its key: comments, order, and the keys that have no field here, such as
// shutdown_timeout, signal and dir, stay. A new definition replaces the whole file.
//
// reflect.DeepEqual compares the texts, too. Only where AddService wrote the file from a new definition is the
// loaded definition equal to it.
type InitService struct {
	// Exec is the command to run.
	Exec string `yaml:"exec,omitempty"`
	// Oneshot says that the service runs once. Otherwise the daemon keeps it running.
	Oneshot bool `yaml:"oneshot,omitempty"`
	// Test is the test command. Its exit code shows whether the service is up.
	Test string `yaml:"test,omitempty"`
	// After has the services that must be up before this service is started.
	After []string `yaml:"after,omitempty"`
	// Env has environment variables.
	Env map[string]string `yaml:"env,omitempty"`
	// Log says where the output goes; "" means the ring buffer.
	Log LogType `yaml:"log,omitempty"`

	// source is the text of the file; "" if a new definition with these fields would be written the same.
	source string
}

// AddService writes the file of a service in /etc/zinit, and replaces an existing one. The daemon reads it at
// Monitor.
func AddService(name string, service InitService) error {
	return Default().AddService(name, service)
}

// RemoveService removes the file of a service from /etc/zinit. It is not a failure if the file does not
// exist. Stop and forget the service first.
func RemoveService(name string) error {
	return Default().RemoveService(name)
}

// LoadService reads the definition of a service from its file in /etc/zinit. If the file does not exist,
// errors.Is finds os.ErrNotExist in the error. If a field cannot hold the value of its key, this is an error
// with CodeFileSyntax.
func LoadService(name string) (service InitService, err error) {
	return Default().LoadService(name)
}

var logTypes = []struct {
	log    LogType
	number int32
}{
	{"", capi.LogUnset}, {RingLogType, capi.LogRing}, {StdoutLogType, capi.LogStdout}, {NoneLogType, capi.LogNone},
}

func (s InitService) toC() (capi.Service, error) {
	service := capi.Service{
		Exec: s.Exec, Oneshot: s.Oneshot, Test: s.Test, After: s.After, Env: s.Env, Source: s.source,
	}
	for _, known := range logTypes {
		if strings.EqualFold(string(s.Log), string(known.log)) {
			service.Log = known.number
			return service, nil
		}
	}
	return service, &Error{
		Code:    CodeInvalidService,
		message: fmt.Sprintf("invalid service definition, key `log`: %q is not ring, stdout or none", string(s.Log)),
	}
}

func serviceFromC(service capi.Service) InitService {
	result := InitService{
		Exec: service.Exec, Oneshot: service.Oneshot, Test: service.Test, After: service.After, Env: service.Env,
		source: service.Source,
	}
	for _, known := range logTypes {
		if service.Log == known.number {
			result.Log = known.log
		}
	}
	return result
}
