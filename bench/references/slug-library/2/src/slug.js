export function slug(title, {maxLength = Infinity, separator = "-"} = {}) {
  const plain = title.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return plain.slice(0, maxLength).replace(/-$/, "").replaceAll("-", separator);
}
