package cli

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

const initHelp = `Write a commented configuration, with token files that only you can read. On a terminal, init asks for what flags do
not say; with --non-interactive it uses flags and defaults only. It never overwrites a file without --force.

  glasswatch init --dir /etc/glasswatch --tenant-id 72f988bf-86f1-41af-91ab-2d7cd011db47 \
    --account 11111111-1111-1111-1111-111111111111,bg-north@contoso.onmicrosoft.com \
    --mail-to duty@example.com --smtp-host smtp.example.com --smtp-from glasswatch@example.com`

// setup is one run of init.
type setup struct {
	cli            *cli
	dir            string
	force          bool
	nonInteractive bool
	plainHTTP      bool
	accounts       []string
	password       string // asked for, never a flag: flags are seen by everybody on the machine
	passwordFile   string
	a              config.Answers

	in *bufio.Reader
}

func (c *cli) init() *cobra.Command {
	s := &setup{cli: c}
	cmd := &cobra.Command{
		Use: "init", Short: "Write a configuration", Long: initHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&s.dir, "dir", ".", "folder to write glasswatch.yaml and its secrets into")
	f.BoolVar(&s.force, "force", false, "overwrite files that are there")
	f.BoolVar(&s.nonInteractive, "non-interactive", false, "ask nothing")
	f.StringVar(&s.a.DataDir, "data-dir", "data", "folder for everything the server keeps, relative to --dir")
	f.StringVar(&s.a.Listen, "listen", "127.0.0.1:8443", "address and port of the server; :8443 for all addresses")
	f.StringVar(&s.a.ExternalURL, "external-url", "", "how others reach the server")
	f.BoolVar(&s.plainHTTP, "plain-http", false, "no TLS, on loopback only")
	f.StringVar(&s.a.Certificate, "cert", "", "PEM file of the certificate; without it a self-signed one is made")
	f.StringVar(&s.a.Key, "key", "", "PEM file of the certificate's key")
	f.StringVar(&s.a.TimeZone, "time-zone", "UTC", "time zone of the second time in notifications")
	f.StringVar(&s.a.TenantID, "tenant-id", "", "directory id of the tenant")
	f.StringVar(&s.a.TenantName, "tenant-name", "", "name of the tenant, for messages")
	f.StringArrayVar(&s.accounts, "account", nil, "break-glass account: object id, user principal name, or both with a comma; may be repeated")
	f.StringSliceVar(&s.a.Recipients, "mail-to", nil, "mail address of a receiver; may be repeated")
	f.StringVar(&s.a.Mail.Host, "smtp-host", "", "SMTP server")
	f.IntVar(&s.a.Mail.Port, "smtp-port", 587, "its port")
	f.StringVar(&s.a.Mail.Security, "smtp-security", "starttls", "starttls, tls or none")
	f.StringVar(&s.a.Mail.From, "smtp-from", "", "sender of the mails")
	f.StringVar(&s.a.Mail.User, "smtp-user", "", "user name at the SMTP server")
	f.StringVar(&s.passwordFile, "smtp-password-file", "", "file with the password, which is copied")
	return cmd
}

func (s *setup) run(cmd *cobra.Command) error {
	s.in = bufio.NewReader(s.cli.In)
	if !s.nonInteractive && terminal(s.cli.In) {
		if err := s.ask(cmd); err != nil {
			return err
		}
	}
	if err := s.complete(); err != nil {
		return usageError{err, cmd}
	}
	files, err := s.files()
	if err != nil {
		return err
	}
	if err := s.write(files); err != nil {
		return err
	}
	return s.next()
}

// ask asks for what no flag said.
func (s *setup) ask(cmd *cobra.Command) error {
	s.cli.printf("%s\n\n", s.cli.out.bold("A few questions; Enter takes what stands in brackets."))
	set := cmd.Flags().Changed
	for _, q := range []struct {
		flag, text string
		into       *string
	}{
		{"tenant-id", "Directory (tenant) id of the tenant to guard", &s.a.TenantID},
		{"tenant-name", "Its name, for messages", &s.a.TenantName},
		{"listen", "Address of the server", &s.a.Listen},
		{"time-zone", "Time zone, such as Europe/Oslo", &s.a.TimeZone},
	} {
		if set(q.flag) {
			continue
		}
		if err := s.question(q.text, q.into); err != nil {
			return err
		}
	}
	if !set("account") && s.a.TenantID != "" {
		if err := s.list("Break-glass account: object id,user principal name", &s.accounts); err != nil {
			return err
		}
	}
	if !set("smtp-host") {
		if err := s.question("SMTP server for alert mails (empty: none yet)", &s.a.Mail.Host); err != nil {
			return err
		}
	}
	if s.a.Mail.Host == "" {
		return nil
	}
	return s.askMail(set)
}

func (s *setup) askMail(set func(string) bool) error {
	if !set("smtp-from") {
		if err := s.question("Sender of the mails", &s.a.Mail.From); err != nil {
			return err
		}
	}
	if !set("smtp-user") {
		if err := s.question("User name there (empty: no login)", &s.a.Mail.User); err != nil {
			return err
		}
	}
	if s.a.Mail.User != "" && s.passwordFile == "" {
		f, ok := s.cli.In.(*os.File)
		if !ok {
			return errors.New("init: BUG: questions without a terminal")
		}
		s.cli.printf("  Password (not shown): ")
		text, err := term.ReadPassword(int(f.Fd()))
		s.cli.printf("\n")
		if err != nil {
			return fmt.Errorf("read password: %w", err)
		}
		s.password = string(text)
	}
	if !set("mail-to") {
		return s.list("Mail address of a receiver", &s.a.Recipients)
	}
	return nil
}

func (s *setup) question(text string, into *string) error {
	s.cli.printf("  %s", text)
	if *into != "" {
		s.cli.printf(" [%s]", *into)
	}
	s.cli.printf(": ")
	line, err := s.in.ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return fault.New(fault.Invalid, "the questions were not answered: %w", err).WithNext("use flags and --non-interactive")
	}
	if line = strings.TrimSpace(line); line != "" {
		*into = line
	}
	return nil
}

// list asks until the answer is empty.
func (s *setup) list(text string, into *[]string) error {
	for {
		one := ""
		if err := s.question(text+" (empty: no more)", &one); err != nil || one == "" {
			return err
		}
		*into = append(*into, one)
	}
}

// complete fills in what follows from the answers.
func (s *setup) complete() error {
	a := &s.a
	a.Schema = "./glasswatch.schema.json"
	a.SelfSigned = !s.plainHTTP && a.Certificate == ""
	a.Tokens = []config.TokenAnswer{
		{Name: "push", File: "secrets/push-token", Scopes: "ingest"},
		{Name: "admin", File: "secrets/admin-token", Scopes: "admin"},
	}
	a.Accounts = nil
	for _, text := range s.accounts {
		var acc config.Account
		for _, part := range strings.Split(text, ",") {
			if part = strings.TrimSpace(part); strings.Contains(part, "@") {
				acc.UserPrincipalName = part
			} else {
				acc.ObjectID = part
			}
		}
		a.Accounts = append(a.Accounts, acc)
	}
	if len(a.Accounts) > 0 && a.TenantID == "" {
		return errors.New("--account needs --tenant-id: the tenant that the account is in")
	}
	if a.Mail.Host != "" && a.Mail.From == "" {
		return errors.New("--smtp-host needs --smtp-from: the sender of the mails")
	}
	if len(a.Recipients) > 0 && a.Mail.Host == "" {
		return errors.New("--mail-to needs --smtp-host: where mails are sent")
	}
	if a.Mail.User != "" {
		a.Mail.PasswordFile = "secrets/smtp-password"
	}
	if len(a.Recipients) == 0 {
		a.Console = true // somebody must be told
		if a.Mail.Host != "" {
			s.cli.warnf("no mail receiver yet: alerts go to the server's standard output only")
		}
	}
	return nil
}

// written is a file to write.
type written struct {
	name string // relative to the folder
	text []byte
	mode os.FileMode
}

func (s *setup) files() ([]written, error) {
	text, err := config.Starter(s.a)
	if err != nil {
		return nil, err
	}
	list := []written{
		{"glasswatch.yaml", text, 0o644},
		{"glasswatch.schema.json", config.Schema(app.Known()), 0o644},
	}
	for _, t := range s.a.Tokens {
		var random [32]byte
		_, _ = rand.Read(random[:]) // never fails
		list = append(list, written{t.File, []byte(hex.EncodeToString(random[:]) + "\n"), 0o600})
	}
	if s.a.Mail.User == "" {
		return list, nil
	}
	password := []byte(s.password)
	if s.passwordFile != "" {
		if password, err = os.ReadFile(s.passwordFile); err != nil {
			return nil, fault.New(fault.NotFound, "read --smtp-password-file: %w", err)
		}
	}
	if len(password) == 0 {
		return nil, fault.New(fault.Invalid, "the SMTP user has no password").WithNext("give --smtp-password-file FILE")
	}
	return append(list, written{s.a.Mail.PasswordFile, append([]byte(strings.TrimRight(string(password), "\r\n")), '\n'), 0o600}), nil
}

// write writes all files or, when one is there already, none.
func (s *setup) write(list []written) error {
	for _, f := range list {
		path := filepath.Join(s.dir, f.name)
		if _, err := os.Lstat(path); err == nil && !s.force {
			return fault.New(fault.Conflict, "%s is there already", path).WithNext("look at it first; --force overwrites it, and makes new tokens")
		}
	}
	for _, f := range list {
		path := filepath.Join(s.dir, f.name)
		mode := os.FileMode(0o755)
		if f.mode == 0o600 {
			mode = 0o700
		}
		if err := os.MkdirAll(filepath.Dir(path), mode); err != nil {
			return fault.New(fault.Denied, "%w", err)
		}
		if err := replace(path, f.text, f.mode); err != nil {
			return fault.New(fault.Denied, "%w", err)
		}
	}
	return nil
}

// replace writes a file beside its place and moves it there, so that it is never half written nor readable in between.
func replace(path string, text []byte, mode os.FileMode) error {
	tmp := fmt.Sprintf("%s.%d", path, time.Now().UnixNano())
	if err := os.WriteFile(tmp, text, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// next loads what was written and says what to do now.
func (s *setup) next() error {
	file := filepath.Join(s.dir, "glasswatch.yaml")
	cfg, err := config.Load(file, app.Known())
	if err != nil {
		return err
	}
	c := s.cli
	for _, w := range cfg.Warnings() {
		c.warnf("%s", w.Error())
		c.hintf("%s", w.Next)
	}
	flag := ""
	if file != "glasswatch.yaml" {
		flag = " --config " + file
	}
	c.printf("\nWritten: %s, its JSON schema, and secrets in %s (only you can read them).\n\n", file, filepath.Join(s.dir, "secrets"))
	c.printf("%s\n", c.out.bold("Next"))
	c.printf("  1. glasswatch serve%s\n", flag)
	if group := firstGroup(cfg); group != "" {
		c.printf("  2. glasswatch send-test %s%s     is everyone reached?\n", group, flag)
	}
	c.printf("  3. Send the tenant's sign-in logs to %s/api/v1/ingest with the token in %s.\n", Address(cfg), filepath.Join(s.dir, "secrets", "push-token"))
	c.printf("     Meanwhile: glasswatch import EXPORT.json%s\n", flag)
	return nil
}

func firstGroup(cfg *config.Config) string {
	best := ""
	for name := range cfg.ActionGroups {
		if best == "" || name < best {
			best = name
		}
	}
	return best
}
