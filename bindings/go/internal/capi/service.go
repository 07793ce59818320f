//go:build linux

package capi

// #include "calls.h"
import "C"

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unsafe"
)

// Service is what the Go package's service definition has of a service file.
type Service struct {
	Exec    string
	Test    string
	Oneshot bool
	After   []string
	Env     map[string]string
	// Log is one of the Log numbers.
	Log int32
	// Source is the file that it came from; "" if a file that is written without it is the same, byte for byte.
	Source string
}

// YAML is the content of a service file.
func (s Service) YAML() (string, error) {
	definition, err := s.definition()
	if err != nil {
		return "", err
	}
	defer C.zinit_service_free(definition)
	return write(definition)
}

func parse(yaml string) (*C.zinit_service, error) {
	var definition *C.zinit_service
	var failed *C.zinit_error
	begin, length := lend([]byte(yaml))
	if C.zinit_service_from_yaml(begin, length, &definition, &failed) != OK {
		return nil, failure(failed)
	}
	return definition, nil
}

// lend is bytes for the length of a call.
func lend(bytes []byte) (begin *C.char, length C.size_t) {
	// An array of no bytes has no address.
	bytes = append(bytes[:len(bytes):len(bytes)], 0)
	return (*C.char)(unsafe.Pointer(&bytes[0])), C.size_t(len(bytes) - 1)
}

func write(definition *C.zinit_service) (string, error) {
	var yaml *C.char
	var failed *C.zinit_error
	if C.zinit_service_to_yaml(definition, &yaml, &failed) != OK {
		return "", failure(failed)
	}
	defer C.zinit_string_free(yaml)
	return C.GoString(yaml), nil
}

// readFile makes a Service of a definition that was just read from a file.
func readFile(definition *C.zinit_service, path string) (Service, error) {
	source, err := write(definition)
	if err != nil {
		// The library gives no text that the daemon would refuse.
		content, err := os.ReadFile(path)
		if err != nil {
			return Service{}, &Error{Code: FileIO, Message: "cannot " + err.Error()}
		}
		source = string(content)
		if definition, err = parse(source); err != nil {
			return Service{}, err
		}
		defer C.zinit_service_free(definition)
	}
	if key, ok := notUnderstood(definition); ok {
		return Service{}, syntaxError(path, source, key)
	}
	service := readService(definition)
	if written, err := service.YAML(); err != nil || written != source {
		service.Source = source
	}
	return service, nil
}

// notUnderstood finds a key of Service with a value that Service cannot hold. The daemon may know more log types.
func notUnderstood(definition *C.zinit_service) (key string, ok bool) {
	for _, key := range []string{"exec", "test", "oneshot", "after", "env"} {
		name, _ := text(key)
		if C.zinit_service_key_status(definition, name) == C.ZINIT_KEY_NOT_UNDERSTOOD {
			return key, true
		}
	}
	for i := C.size_t(0); i < C.zinit_service_env_len(definition); i++ {
		if C.zinit_service_env_value(definition, i) == nil {
			return "env." + C.GoString(C.zinit_service_env_key(definition, i)), true
		}
	}
	return "", false
}

func syntaxError(path, source, key string) error {
	reason := fmt.Sprintf("key `%s`: its value cannot be understood", key)
	problems, err := CheckYAML([]byte(source))
	if err != nil {
		return err
	}
	for _, problem := range problems {
		if problem.Key == key || strings.HasPrefix(problem.Key, key+".") {
			reason = fmt.Sprintf("line %d column %d: key `%s`: %s", problem.Line, problem.Column, problem.Key, problem.Message)
			break
		}
	}
	return &Error{Code: FileSyntax, Message: fmt.Sprintf("invalid service file %s: %s", path, reason)}
}

func readService(definition *C.zinit_service) Service {
	var parts C.struct_service_parts
	C.read_service(definition, &parts)
	service := Service{
		Exec: C.GoString(parts.exec), Test: C.GoString(parts.test),
		Oneshot: parts.oneshot != 0, Log: int32(parts.log),
	}
	for i := C.size_t(0); i < parts.after_len; i++ {
		service.After = append(service.After, C.GoString(C.zinit_service_after_at(definition, i)))
	}
	if parts.env_len > 0 {
		service.Env = make(map[string]string, parts.env_len)
	}
	for i := C.size_t(0); i < parts.env_len; i++ {
		key := C.GoString(C.zinit_service_env_key(definition, i))
		service.Env[key] = C.GoString(C.zinit_service_env_value(definition, i))
	}
	return service
}

// definition is the library's own form, to be freed.
func (s Service) definition() (*C.zinit_service, error) {
	definition := C.zinit_service_new()
	if s.Source != "" {
		C.zinit_service_free(definition)
		var err error
		if definition, err = parse(s.Source); err != nil {
			return nil, err
		}
	}
	if err := s.setChanged(definition, readService(definition)); err != nil {
		C.zinit_service_free(definition)
		return nil, err
	}
	return definition, nil
}

// setChanged sets what is not as it was: all else stays as it stands in the file.
func (s Service) setChanged(definition *C.zinit_service, before Service) error {
	var failed *C.zinit_error
	if s.Exec != before.Exec {
		exec, err := keyText("exec", s.Exec)
		if err != nil {
			return err
		}
		if C.zinit_service_set_exec(definition, exec, &failed) != OK {
			return failure(failed)
		}
	}
	if s.Test != before.Test {
		test, err := keyText("test", s.Test)
		if err != nil {
			return err
		}
		if C.zinit_service_set_test(definition, test, &failed) != OK {
			return failure(failed)
		}
	}
	if s.Oneshot != before.Oneshot {
		var oneshot C.int32_t
		if s.Oneshot {
			oneshot = 1
		}
		if C.zinit_service_set_oneshot(definition, oneshot, &failed) != OK {
			return failure(failed)
		}
	}
	if s.Log != before.Log && C.zinit_service_set_log(definition, C.int32_t(s.Log), &failed) != OK {
		return failure(failed)
	}
	if !slices.Equal(s.After, before.After) {
		if err := setAfter(definition, s.After); err != nil {
			return err
		}
	}
	return setEnv(definition, s.Env, before.Env)
}

func setAfter(definition *C.zinit_service, names []string) error {
	var failed *C.zinit_error
	C.zinit_service_after_clear(definition)
	for _, name := range names {
		after, err := nameText(name)
		if err != nil {
			return err
		}
		if C.zinit_service_after_push(definition, after, &failed) != OK {
			return failure(failed)
		}
	}
	return nil
}

func setEnv(definition *C.zinit_service, variables, before map[string]string) error {
	for key := range before {
		if _, stays := variables[key]; !stays {
			if err := setVariable(definition, key, nil); err != nil {
				return err
			}
		}
	}
	for key, value := range variables {
		if was, is := before[key]; is && was == value {
			continue
		}
		valueC, err := envText(value)
		if err != nil {
			return err
		}
		if err := setVariable(definition, key, valueC); err != nil {
			return err
		}
	}
	return nil
}

// setVariable takes the variable out for nil.
func setVariable(definition *C.zinit_service, key string, value *C.char) error {
	var failed *C.zinit_error
	keyC, err := envText(key)
	if err != nil {
		return err
	}
	if C.zinit_service_env_set(definition, keyC, value, &failed) != OK {
		return failure(failed)
	}
	return nil
}

// keyText is the value of a key of a service file; NULL, which takes the key out, for "".
func keyText(key, value string) (*C.char, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return nil, invalidKey(key, "it has a NUL inside")
	}
	return optionalText(value)
}

func envText(value string) (*C.char, error) {
	if strings.IndexByte(value, 0) >= 0 {
		return nil, invalidKey("env", "it has a NUL inside")
	}
	return text(value)
}

func invalidKey(key, reason string) error {
	return &Error{
		Code: InvalidService, Message: fmt.Sprintf("invalid service definition, key `%s`: %s", key, reason),
	}
}
