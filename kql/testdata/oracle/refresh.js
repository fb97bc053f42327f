// Asks Microsoft's own parser and binder about the queries of this folder and of ../doc-cases.jsonl, over the tables and
// functions of tables.json, and writes answers.jsonl: {from, query, columns, errors, open}. The test of package kql
// compares with that file and needs no Node.
//   npm install && node refresh.js
'use strict';
const fs = require('fs');
const crypto = require('crypto');
require('@kusto/language-service-next/bridge.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.js');

const { KustoCode, GlobalState, Symbols } = Kusto.Language;
const list = xs => (xs ? Bridge.toArray(xs) : []);
const { tables, functions } = JSON.parse(fs.readFileSync('tables.json', 'utf8'));

// A last column "*" says that there are more.
function table(name, columns) {
  const known = columns.filter(c => c !== '*');
  return new Symbols.TableSymbol.$ctor4(name, known.map(([n, t]) =>
    new Symbols.ColumnSymbol(n, Symbols.ScalarTypes.GetSymbol(t), null, null, null, null))).WithIsOpen(known.length < columns.length);
}

const members = [
  ...Object.entries(tables).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, columns]) => table(name, columns)),
  ...Object.entries(functions).map(([name, f]) =>
    new Symbols.FunctionSymbol.$ctor6(name, table(name, f.returns), Symbols.Parameter.ParseList(f.params), null)),
];
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('db', members));

// Long lists of columns are kept as their hash.
function columns(type) {
  const text = list(type && type.Columns).map(c => `${c.Name}:${c.Type.Name}`).join(' ');
  return text.length <= 300 ? text : 'sha256:' + crypto.createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const split = file => fs.readFileSync(file, 'utf8').replace(/\n$/, '').split('\n---\n');
const lines = file => fs.readFileSync(file, 'utf8').trim().split('\n').map(line => JSON.parse(line).query);
const sources = {
  queries: split('queries.kql'),
  sentinel: split('sentinel.kql'),
  mutated: split('mutated.kql'),
  operators: split('operators.kql'),
  graphs: split('graphs.kql'),
  doc: lines('../doc-cases.jsonl'),
};

const out = [];
for (const [from, queries] of Object.entries(sources)) {
  for (const query of queries) {
    let answer;
    try {
      const code = KustoCode.ParseAndAnalyze(query, globals);
      const errors = list(code.GetDiagnostics()).filter(d => d.Severity === 'Error').map(d => `${d.Code}@${d.Start}`).join(' ');
      answer = { from, query, columns: columns(code.ResultType), errors };
      if (code.ResultType && code.ResultType.IsOpen) answer.open = true;
    } catch (e) {
      console.error(`crash: ${query}`); // the parser's own fault: no answer
      continue;
    }
    out.push(JSON.stringify(answer) + '\n');
  }
}
fs.writeFileSync('answers.jsonl', out.join(''));

// calls.txt: one "call<tab>type of the result" a line, - where the call is refused.
const types = { b: 'bool', i: 'int', l: 'long', r: 'real', m: 'decimal', dt: 'datetime', ts: 'timespan', s: 'string', g: 'guid', d: 'dynamic' };
const row = new Symbols.TableSymbol.$ctor4('T', Object.entries(types).map(([n, t]) => new Symbols.ColumnSymbol(n, Symbols.ScalarTypes.GetSymbol(t), null, null, null, null)));
const over = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('db', [row]));
const calls = fs.readFileSync('calls.txt', 'utf8').replace(/\n$/, '').split('\n').map(line => {
  const call = line.split('\t')[0];
  const code = KustoCode.ParseAndAnalyze('T | project x = ' + call, over);
  const wrong = list(code.GetDiagnostics()).some(d => d.Severity === 'Error');
  return call + '\t' + (wrong ? '-' : columns(code.ResultType).replace('x:', '').replace(/ /g, ',')) + '\n';
});
fs.writeFileSync('calls.txt', calls.join(''));
