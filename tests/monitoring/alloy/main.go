// A stand-in for one part of Alloy: it reads a configuration with Alloy's own parser and evaluator, and does to lines of
// logs what `stage.replace` of `loki.process` is documented to do. It collects nothing and knows no other component.
//
// Usage: alloy KEY LINE… < config.alloy
// Prints the lines, each as the stages leave it, and the blocks of the configuration as JSON.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"text/template"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/vm"
)

type stage struct {
	expression *regexp.Regexp
	replace    *template.Template
}

type answer struct {
	Blocks []string `json:"blocks"`
	Lines  []string `json:"lines"`
}

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(key string, lines []string) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile("config.alloy", text)
	if err != nil {
		return err
	}
	blocks, stages, err := read(file.Body, scope(key))
	if err != nil {
		return err
	}
	for number, line := range lines {
		for _, one := range stages {
			if line, err = one.apply(line); err != nil {
				return err
			}
		}
		lines[number] = line
	}
	return json.NewEncoder(os.Stdout).Encode(answer{blocks, lines})
}

// scope holds what an expression of a stage may name: the content of the key's file, and the way to make text of it.
func scope(key string) *vm.Scope {
	return &vm.Scope{Variables: map[string]interface{}{
		"convert": map[string]interface{}{"nonsensitive": func(secret string) string { return secret }},
		"local":   map[string]interface{}{"file": map[string]interface{}{"key": map[string]string{"content": key}}},
	}}
}

func read(body ast.Body, scope *vm.Scope) (blocks []string, stages []stage, err error) {
	for _, statement := range body {
		block, ok := statement.(*ast.BlockStmt)
		if !ok {
			continue
		}
		name := strings.Join(block.Name, ".")
		blocks = append(blocks, name)
		if name == "stage.replace" {
			one, err := replacement(block.Body, scope)
			if err != nil {
				return nil, nil, err
			}
			stages = append(stages, one)
		}
		inner, more, err := read(block.Body, scope)
		if err != nil {
			return nil, nil, err
		}
		blocks, stages = append(blocks, inner...), append(stages, more...)
	}
	return blocks, stages, nil
}

func replacement(body ast.Body, scope *vm.Scope) (stage, error) {
	values := map[string]string{}
	for _, statement := range body {
		attribute, ok := statement.(*ast.AttributeStmt)
		if !ok {
			continue
		}
		var value string
		if err := vm.New(attribute.Value).Evaluate(scope, &value); err != nil {
			return stage{}, err
		}
		values[attribute.Name.Name] = value
	}
	expression, err := regexp.Compile(values["expression"])
	if err != nil {
		return stage{}, err
	}
	functions := template.FuncMap{"Sha2Hash": func(salt, text string) string {
		sum := sha256.Sum256([]byte(salt + text))
		return hex.EncodeToString(sum[:])
	}}
	replace, err := template.New("replace").Funcs(functions).Parse(values["replace"])
	return stage{expression, replace}, err
}

// apply replaces what the groups of the expression match, and leaves the rest of the line.
func (s stage) apply(line string) (string, error) {
	var result bytes.Buffer
	end := 0
	for _, match := range s.expression.FindAllStringSubmatchIndex(line, -1) {
		for group := 2; group < len(match); group += 2 {
			if match[group] < end {
				continue
			}
			result.WriteString(line[end:match[group]])
			captured := map[string]string{"Value": line[match[group]:match[group+1]]}
			if err := s.replace.Execute(&result, captured); err != nil {
				return "", err
			}
			end = match[group+1]
		}
	}
	result.WriteString(line[end:])
	return result.String(), nil
}
