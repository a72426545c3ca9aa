import { SourceMap, type SourceMapPayload } from 'node:module'

/** The folder where the build keeps a source map for each function, apart from what is deployed. */
export const sourceMapsFolder = 'source-maps'

/** The source map of a function's code by its file, `api/register-docks`; undefined: there is none. */
export type MapOf = (file: string) => SourceMapPayload | undefined

/** A position in a bundle, preceded by a folder of Lambda or of the local runtime. */
const place = /[^\s("']*\bindex\.mjs:(\d+):(\d+)/g

/**
 * Replaces each position in a function's code, in a log line, by that in our files. `file` names the
 * function; otherwise the name of the log group or function in the line does, which is the file's without
 * hyphens. The rest of the line is unchanged.
 */
export const withPlaces = (
  line: string,
  mapOf: MapOf,
  files: readonly string[],
  file = functionIn(line, files),
): string => {
  if (!file || line.search(place) < 0) return line
  const payload = mapOf(file)
  if (!payload) return line
  const map = new SourceMap(payload)
  return line.replaceAll(place, (found, lineNumber: string, column: string) => {
    const entry = map.findEntry(Number(lineNumber) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) return found
    const { originalSource, originalLine, originalColumn } = entry
    return `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`
  })
}

/** If one name is part of another, the longest one counts. */
const functionIn = (line: string, files: readonly string[]): string | undefined => {
  const said = line.toLowerCase()
  const names = files.map((file) => ({ file, name: file.replace(/^.*\//, '').replaceAll('-', '') }))
  const found = names.filter(({ name }) => said.includes(name))
  return found.toSorted((one, other) => other.name.length - one.name.length)[0]?.file
}
