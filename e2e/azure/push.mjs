// Pushes records into Glasswatch with the official client of the Azure Logs Ingestion API.
// Usage: node push.mjs ENDPOINT STREAM FILE; the token is in the environment variable TOKEN.
// Prints one line of JSON: what the client said.
import { readFileSync } from "node:fs";
import { LogsIngestionClient, isAggregateLogsUploadError } from "@azure/monitor-ingestion";

const [endpoint, stream, file] = process.argv.slice(2);
const credential = {
  getToken: async () => ({ token: process.env.TOKEN, expiresOnTimestamp: Date.now() + 3600_000 }),
};
const client = new LogsIngestionClient(endpoint, credential, { retryOptions: { maxRetries: 1 } });
const failures = [];
try {
  await client.upload("dcr-0123456789abcdef0123456789abcdef", stream, JSON.parse(readFileSync(file, "utf8")), {
    maxConcurrency: 2,
    onError: (e) => failures.push(e.cause ?? e),
  });
} catch (e) {
  failures.push(...(isAggregateLogsUploadError(e) ? e.errors.map((x) => x.cause ?? x) : [e]));
}
console.log(JSON.stringify({ failed: failures.length, errors: failures.map((e) => ({ status: e.statusCode, code: e.code, message: e.message })) }));
process.exit(failures.length === 0 ? 0 : 1);
