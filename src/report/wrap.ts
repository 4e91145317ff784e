/**
 * Text as lines of at most `width` columns, broken between words. A word longer than a line is broken where the line
 * ends. The text's own line breaks stay; empty lines go.
 * @param indent put before each line, and two more columns from the second line on, so that the start of each text
 * shows
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const hanging = indent === '' ? '' : `${indent}  `;
  const [first = '', ...more] = text.split(/\s*\n\s*/);
  return [
    ...wrapLine(first, width, indent, hanging),
    ...more.filter(Boolean).flatMap((line) => wrapLine(line, width, hanging, hanging)),
  ];
}

function wrapLine(text: string, width: number, indent: string, hanging: string): string[] {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  const breakLine = () => {
    lines.push(line);
    line = hanging;
    empty = true;
  };
  for (const word of text.split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > width) breakLine();
    let rest = empty ? word : ` ${word}`;
    while (line.length + rest.length > width) {
      const room = Math.max(1, width - line.length);
      line += rest.slice(0, room);
      rest = rest.slice(room);
      breakLine();
    }
    line += rest;
    empty = false;
  }
  return [...lines, line];
}
