// Reads AsyncAPI documents by AsyncAPI's own parser. Errors and warnings are problems; remarks, such as that there is a
// later version of AsyncAPI, are not.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const WARNING = 1;
const parser = new Parser();
let problems = 0;
for (const path of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(path, 'utf8'));
  const found = diagnostics.filter(({ severity }) => severity <= WARNING);
  if (!document && found.length === 0) {
    found.push({ path: [], message: 'the document could not be read' });
  }
  for (const { path: at, message } of found) {
    console.log(`${path} at \`${at.join('.')}\`: ${message}`);
  }
  problems += found.length;
}
process.exit(problems === 0 ? 0 : 1);
