// Asks Microsoft's own parser and binder about every query of queries.kql over the tables of tables.json, and writes
// answers.jsonl: {query, columns, errors}. The test of package kql compares with that file and needs no Node.
//   npm install && node refresh.js
'use strict';
const fs = require('fs');
const crypto = require('crypto');
require('@kusto/language-service-next/bridge.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.js');

const { KustoCode, GlobalState, Symbols } = Kusto.Language;
const list = xs => (xs ? Bridge.toArray(xs) : []);
const { tables } = JSON.parse(fs.readFileSync('tables.json', 'utf8'));
const symbols = Object.entries(tables).map(([name, columns]) => new Symbols.TableSymbol.$ctor4(name,
  columns.map(([n, t]) => new Symbols.ColumnSymbol(n, Symbols.ScalarTypes.GetSymbol(t), null, null, null, null))));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('db', symbols));

// Long lists of columns are kept as their hash.
function columns(type) {
  const text = list(type && type.Columns).map(c => `${c.Name}:${c.Type.Name}`).join(' ');
  return text.length <= 300 ? text : 'sha256:' + crypto.createHash('sha256').update(text).digest('hex').slice(0, 32);
}

const queries = fs.readFileSync('queries.kql', 'utf8').replace(/\n$/, '').split('\n---\n');
const out = queries.map(query => {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const errors = list(code.GetDiagnostics()).filter(d => d.Severity === 'Error').map(d => `${d.Code}@${d.Start}`).join(' ');
  return JSON.stringify({ query, columns: columns(code.ResultType), errors }) + '\n';
});
fs.writeFileSync('answers.jsonl', out.join(''));
