package kql_test

// Reasons that several differences share.
const (
	onePlace     = "all tables are in one place; the name of a workspace or database is not looked at"
	needsColumn  = "an empty list of expressions can only be a mistake"
	notLiteral   = "a typed literal takes a literal; Microsoft's parser does not look inside"
	innerColumns = "kind=inner keeps the columns that all tables have, as the reference says"
	// The tables of the queries on graphs.
	graphTables = "let N = datatable(id: string, lab: string, age: long)[]; let M = datatable(id: string, lab: long, extra: real)[]; let E = datatable(s: string, t: string, w: long, lab: string, tt: datetime)[]; "
)

// differences are the queries where Compile and Microsoft's parser differ on purpose, each with the reason.
var differences = map[string]string{
	`let T=datatable(a:string,b:long,d:dynamic)[]; T | summarize`: needsColumn,
	`SigninLogs | project`:                                     needsColumn,
	`workspace("x").SigninLogs | count`:                        onePlace,
	`database("x").SigninLogs | count`:                         onePlace,
	`datatable() []`:                                           needsColumn,
	`let T=datatable(a:string,b:long,d:dynamic)[]; T | take b`: "the number of rows is a constant",
	`print datetime("2024-01-01"), datetime(null), datetime(2024-01-01 10:00:00), datetime(now)`: notLiteral,
	`print long(a)`: "a typed literal of an expression is a conversion of it",
	`let A=datatable(a:string,b:long)[]; let B=datatable(b:real,c:int)[]; union kind=inner A, B`:                innerColumns,
	`let A=datatable(a:string,b:long)[]; let B=datatable(b:long,c:int)[]; union kind=inner withsource=src A, B`: innerColumns,
	`SigninLogs | union kind=inner (AuditLogs) | project-keep T*`:                                               innerColumns,
	`let A=datatable(a:string,b:long)[]; let B=datatable(b:long,c:int,src:string)[]; union withsource=src A, B`: "two columns cannot have one name",
	`let f=(T:(a:string)){ T | where b == "x" }; f(datatable(a:string,b:long)[])`:                               "columns that a parameter does not declare can be used",
	`let f=view(){ SigninLogs | project DurationMs }; union f*`:                                                 "the reference lets patterns match views of the query",
	`print project=1, sort=2, by=3, summarize=4, in=5`:                                                          "words are not reserved where a name is clear",
	`datatable(["a b"]:long, date:datetime) [1, datetime(null)] | project date`:                                 "words are not reserved where a name is clear",
	`// Last known location with arg_max and lookup
let latest = SigninLogs | where ResultType == "0" | summarize arg_max(TimeGenerated, Location, IPAddress) by UserPrincipalName;
AADUserRiskEvents
| lookup latest on UserPrincipalName
| project DetectedDateTime, UserPrincipalName, RiskEventType, Location, IPAddress, IpAddress`: "the parser does not see this let statement",
	"// Scan of steps\nSigninLogs\n| sort by UserId asc, TimeGenerated asc\n| scan declare (Failures: long = 0) with (\n    step fail: ResultType != \"0\" => Failures = fail.Failures + 1;\n)\n| where Failures > 5": "the number of the sequence is a column only where with_match_id asks for it",
	graphTables + `E | make-graph s --> t with N on id | graph-where-nodes lab == "a" | graph-to-table nodes`:                                                                                                         "the parser knows no properties here, so that the operator could say nothing",
	graphTables + `E | make-graph s --> t with N on id | graph-where-edges w > 1 and lab == "a" | graph-to-table edges`:                                                                                               "the parser knows no properties here, so that the operator could say nothing",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b)`:                                                                                                                                    "graph-match needs project, as the reference says",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b) project a, e, b`:                                                                                                                    "an element as a whole is the bag of its properties",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b) project strcat(a.id, b.id), a.age + 1, 5, "x"`:                                                                                      "the parser drops columns without a name here",
	graphTables + `E | make-graph w --> t with_node_id=nn | graph-to-table nodes`:                                                                                                                                     "ids of types that never are equal can only be a mistake",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b), (c)-[f]->(d) project a.id,c.id`:                                                                                                    "a pattern is connected, as the reference says",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b), (a)-[e]->(c) project a.id,c.id`:                                                                                                    "sequences share nodes, as the reference says",
	graphTables + `E | make-graph s --> t with N on id partitioned-by w (graph-match (a)-[e]->(b) project a.lab, e.lab)`:                                                                                              "edges and nodes have the column, as the reference says",
	graphTables + `E | make-graph s --> t | graph-to-table nodes`:                                                                                                                                                     "a table without columns can only be a mistake",
	graphTables + `E | make-graph s --> t with N on id | take 5`:                                                                                                                                                      "a graph is no table",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e*1..2]->(b)-[f*1..2]->(c) where e.w == f.w project x = e.w + f.w`:                                                                          "which edges of the two paths are compared is open",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b) where a == b project a.id`:                                                                                                          "whether it is the same node tells node_id, not a comparison of properties",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e]->(b) project map(a, age), all(a, age > 1)`:                                                                                               "all, any and map go along edges, as the reference says",
	graphTables + `E | make-graph s --> t with N on id | graph-shortest-paths (a)-[e]->(b) project a.id`:                                                                                                              "a path has an edge of variable length, as the reference says",
	graphTables + `E | make-graph s --> t with N on id | graph-shortest-paths (a)-[e*1..3]->(b), (b)-[f*1..3]->(c) project a.id`:                                                                                      "a path is one sequence, as the reference says",
	graphTables + `E | make-graph s --> t with N on id | graph-match (a)-[e*1..2]->(b) project node_id(e)`:                                                                                                            "an edge has no id",
	graphTables + `E | make-graph s --> t with N on id | graph-to-table nodes with_node_id=id`:                                                                                                                        "two columns cannot have one name",
}
