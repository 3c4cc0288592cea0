// Reads workflows with GitHub's own parser: node workflows.mjs FILE...; a line for each mistake, and exit code 1.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

// The parser imports its JSON without saying that it is some, which Node refuses.
registerHooks({
  load: (url, context, next) =>
    url.endsWith(".json")
      ? { format: "module", shortCircuit: true, source: `export default ${readFileSync(new URL(url))}` }
      : next(url, context),
});
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import("@actions/workflow-parser");

for (const name of process.argv.slice(2)) {
  const { context, value } = parseWorkflow({ name, content: readFileSync(name, "utf8") }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  for (const error of context.errors.getErrors()) {
    console.log(error.message);
    process.exitCode = 1;
  }
}
