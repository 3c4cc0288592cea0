// What comments, strings, numbers and names look like in the languages that pages are made of.
// Each rule is [kind, pattern]; `(?![\s\S])` is the end of the text. No pattern looks far ahead in vain, so that a hostile
// file cannot make it slow.

const NUMBER = ["number", /\b(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\w*\b/i];
const DOUBLE = ["string", /"(?:[^"\\\n]|\\[\s\S])*"?/];
const SINGLE = ["string", /'(?:[^'\\\n]|\\[\s\S])*'?/];
const HASH = ["comment", /#[^\n]*/];
const BLOCK = ["comment", /\/\*[\s\S]*?(?:\*\/|(?![\s\S]))/];
const words = (text) => new RegExp(`\\b(?:${text.trim().replace(/\s+/g, "|")})\\b`);

const script = [
  BLOCK, ["comment", /\/\/[^\n]*/], ["string", /`(?:[^`\\]|\\[\s\S])*`?/], DOUBLE, SINGLE,
  ["keyword", words(`async await break case catch class const continue debugger default delete do else export extends false finally for from
    function if import in instanceof let new null of return static super switch this throw true try typeof undefined var void while with yield`)],
  NUMBER, ["name", /(?<![\w$])[A-Za-z_$][\w$]*(?=\()/],
];
const style = [
  BLOCK, DOUBLE, SINGLE, ["keyword", /@[\w-]+|!important\b/], ["attribute", /--[\w-]+|(?<![\w-])[a-z-]+(?=\s?:\s)/],
  ["number", /#[\da-f]{3,8}\b|-?\d+(?:\.\d+)?(?:[a-z]+\b|%)?/i], ["name", /[.#][A-Za-z_][\w-]*/],
];
const tag = [["name", /^<\/?[A-Za-z][\w:-]*|\/?>$/], ["string", /"[^"]*"?|'[^']*'?/], ["attribute", /[^\s"'<>\/=]+/]];

const markup = [
  ["comment", /<!--[\s\S]*?(?:-->|(?![\s\S]))/], ["comment", /<![^>]*>?/], ["comment", /<\?[\s\S]*?(?:\?>|(?![\s\S]))/],
  ["script", /<script\b[^<>]*>[\s\S]*?(?:<\/script\s?>|(?![\s\S]))/i], ["style", /<style\b[^<>]*>[\s\S]*?(?:<\/style\s?>|(?![\s\S]))/i],
  ["tag", /<\/?[A-Za-z](?:[^<>"']|"[^"]*"|'[^']*')*>?/], ["number", /&#?\w{1,31};/],
];
const python = [
  HASH, ["string", /"""[\s\S]*?(?:"""|(?![\s\S]))|'''[\s\S]*?(?:'''|(?![\s\S]))/], DOUBLE, SINGLE,
  ["keyword", words(`and as assert async await break class continue def del elif else except False finally for from global if import in is
    lambda None nonlocal not or pass raise return True try while with yield match case`)],
  ["attribute", /@[\w.]+/], NUMBER, ["name", /\b[A-Za-z_]\w*(?=\()/],
];
const json = [["attribute", /"(?:[^"\\\n]|\\.)*"(?=\s{0,8}:)/], DOUBLE, ["keyword", words("true false null")], NUMBER];
const yaml = [HASH, ["attribute", /^[ \t]*(?:- +)?[\w./-]+(?=:(?:\s|$))/m], DOUBLE, SINGLE, ["keyword", words("true false null yes no on off")], NUMBER];
const shell = [
  HASH, ["string", /"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?/], ["attribute", /\$(?:\w+|\{[^}\n]*\}?)/],
  ["keyword", words("if then else elif fi for in do done while until case esac function return export local set exit")], NUMBER,
];

const markdown = [
  ["comment", /<!--[\s\S]*?(?:-->|(?![\s\S]))/], ["string", /^```[\s\S]*?(?:^```|(?![\s\S]))/m], ["keyword", /^#{1,6} [^\n]*/m],
  ["string", /`[^`\n]+`/], ["name", /\[[^[\]\n]*\]\([^()\n]*\)/], ["number", /\*\*[^*\n]+\*\*/], ["attribute", /^[ \t]*(?:[-*+]|\d+\.) /m],
];

export const LANGUAGES = { script, style, tag, markup, python, json, yaml, shell, markdown };
const ENDINGS = {
  html: "markup", htm: "markup", svg: "markup", xml: "markup", js: "script", mjs: "script", cjs: "script", ts: "script", jsx: "script", tsx: "script",
  css: "style", py: "python", json: "json", webmanifest: "json", yml: "yaml", yaml: "yaml", toml: "yaml", sh: "shell", bash: "shell", md: "markdown",
};

/** The name of a file's language; null when it is none of these. */
export function languageOf(path) {
  const name = path.split("/").at(-1).toLowerCase();
  return ENDINGS[name.includes(".") ? name.split(".").at(-1) : ""] ?? null;
}
