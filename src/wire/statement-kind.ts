const comments = /^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/;
const writes = new Set(['insert', 'update', 'delete', 'merge', 'copy', 'call', 'do', 'execute', 'truncate']);
const ends = new Set(['commit', 'end']);

/**
 * Whether a statement may make something visible to others: it writes, or it ends a transaction that may have written.
 * A SELECT that calls a writing function is not recognised. Of several statements in one text, one is enough.
 */
export function takesEffect(text: string): boolean {
  return text.split(';').some((one) => {
    const [word = ''] = /^\w+/.exec(one.replace(comments, '').toLowerCase()) ?? [];
    if (writes.has(word) || ends.has(word)) return true;
    return word === 'with' && /\b(insert\s+into|update\s+\S+(\s+\w+)*\s+set|delete\s+from|merge\s+into)\b/i.test(one);
  });
}
