package table_test

import (
	"encoding/json"
	"testing"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
	"github.com/google/go-cmp/cmp"
)

func TestCatalog(t *testing.T) {
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	// Counts of visible columns as the reference gives them.
	want := map[string]int{
		"SigninLogs": 98, "AADNonInteractiveUserSignInLogs": 88, "AADServicePrincipalSignInLogs": 47,
		"AADManagedIdentitySignInLogs": 48, "AuditLogs": 32, "AzureActivity": 37, "MicrosoftGraphActivityLogs": 35,
		"AADRiskyUsers": 17, "AADUserRiskEvents": 27, "IdentityInfo": 76, "OfficeActivity": 144,
		"AADRiskyServicePrincipals": 18, "AADServicePrincipalRiskEvents": 28, "AADProvisioningLogs": 28,
		"CloudAppEvents": 43, "EntraIdSignInEvents": 46, "EntraIdSpnSignInEvents": 20, "AADSignInEventsBeta": 47,
		"AADSpnSignInEventsBeta": 20, "BehaviorAnalytics": 33, "SecurityAlert": 36, "SecurityIncident": 33,
		"DeadLetter": 7, "Heartbeat": 9, "Hits": 9,
	}
	got := map[string]int{}
	for _, s := range c.Schemas() {
		for i, col := range s.Columns {
			if !col.Hidden {
				got[s.Name]++
			}
			if s.Column(col.Name) != i {
				t.Errorf("%s.%s: Column gives %d, want %d", s.Name, col.Name, s.Column(col.Name), i)
			}
			if p := s.Plan.Columns[i]; p.Name != col.Name || p.Type != col.Type || p.Hidden != col.Hidden {
				t.Errorf("%s.%s: the plan has %+v", s.Name, col.Name, p)
			}
		}
		if c.Schema(s.Name) != s || c.Table(s.Name) != s.Plan {
			t.Errorf("%s: not found by name", s.Name)
		}
		if n := s.Plan.Time; n < 0 || s.Columns[n].Type != value.DateTime {
			t.Errorf("%s: Time is column %d", s.Name, n)
		}
		for _, p := range s.Promoted {
			if s.Columns[p.Column].Type != value.Dynamic || len(p.Steps) == 0 {
				t.Errorf("%s: promoted path %+v", s.Name, p)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visible columns (-want +got):\n%s", diff)
	}
	if len(c.Schema("SigninLogs").Promoted) < 4 {
		t.Errorf("SigninLogs: promoted paths %v", c.Schema("SigninLogs").Promoted)
	}
	if c.Schema("signinlogs") != nil || c.Table("Nope") != nil || c.Schema("SigninLogs").Column("userid") != -1 {
		t.Error("names are case-sensitive and unknown ones are nil")
	}
}

func TestPublishedCatalog(t *testing.T) {
	c, err := table.NewPublishedCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"SigninLogs": 96, "AADNonInteractiveUserSignInLogs": 86, "IdentityInfo": 75, "AuditLogs": 32} {
		got := 0
		for _, col := range c.Schema(name).Columns {
			if !col.Hidden {
				got++
			}
		}
		if got != want {
			t.Errorf("%s has %d visible columns, want %d", name, got, want)
		}
	}
	if c.Schema("SigninLogs").Column("RootActorID") < 0 {
		t.Error("a column that is not published can be named all the same")
	}
}

func TestBatchJSON(t *testing.T) {
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	s := c.Schema("AuditLogs")
	var b table.Batch
	b.Body = []byte(`{"a":[1]}`)
	r := b.AddRow(s)
	set := func(name string, cell table.Cell) { r.Cells[s.Column(name)] = cell }
	ticks, _ := value.Ticks(value.Time(value.UnixEpoch + 12345678*value.Tick))
	set("TimeGenerated", table.Cell(ticks))
	set("DurationMs", table.Cell(uint64(1<<64-5)))
	set("OperationName", b.AppendText("a \"quoted\" – \\ \n\x01\xff"))
	set("Identity", b.AppendText(""))
	set("InitiatedBy", table.TextCell(0, 9))

	got := string(b.AppendJSON(nil, r))
	want := `{"TimeGenerated":"1970-01-01T00:00:01.2345678Z","OperationName":"a \"quoted\" – \\ \n\u0001\ufffd",` +
		`"DurationMs":-5,"InitiatedBy":{"a":[1]}}`
	if !json.Valid([]byte(got)) {
		t.Errorf("not valid JSON: %s", got)
	}
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, got)
	}
}

func TestBatchReuse(t *testing.T) {
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	s := c.Schema("SigninLogs")
	var b table.Batch
	fill := func() {
		b.Reset()
		for range 100 {
			r := b.AddRow(s)
			for i, cell := range r.Cells {
				if cell != table.Null {
					t.Fatalf("new row: cell %d is %x", i, cell)
				}
				r.Cells[i] = 7
			}
		}
		b.Truncate(40)
		b.AddRow(s)
		if len(b.Rows) != 41 || b.Rows[39].Cells[0] != 7 || b.Rows[40].Cells[0] != table.Null {
			t.Fatalf("after Truncate: %d rows", len(b.Rows))
		}
	}
	fill()
	if n := testing.AllocsPerRun(10, fill); n != 0 {
		t.Errorf("a reused batch allocates %v times", n)
	}
}

func TestTableNames(t *testing.T) {
	all, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	published, err := table.NewPublishedCatalog()
	if err != nil {
		t.Fatal(err)
	}
	own := []string{"DeadLetter", "Heartbeat", "Hits"}
	if diff := cmp.Diff(append(published.TableNames()[:22:22], own...), all.TableNames()); diff != "" {
		t.Errorf("the own tables come last (-want +got):\n%s", diff)
	}
	for _, c := range []*table.Catalog{all, published} {
		if first := c.TableNames()[:2]; first[0] != "SigninLogs" || first[1] != "AADNonInteractiveUserSignInLogs" {
			t.Errorf("the sign-ins come first, got %v", first)
		}
		if len(c.Schemas()) != 25 || c.Table("Heartbeat") == nil {
			t.Errorf("%d tables, want the own ones among them", len(c.Schemas()))
		}
	}
}
