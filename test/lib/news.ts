import * as z from 'zod'

const Entries = z.record(z.string(), z.unknown())
const Template = z.looseObject({ Resources: Entries, Outputs: Entries.optional() })

/**
 * Leaves of each template what no template before had, so that nothing is looked at twice: entries that differ in
 * anything, and all resources that these refer to, and so on, without which they mean nothing. A template that brings
 * nothing new is left out, the first one is whole.
 */
export const newsOf = () => {
  const seen = new Set<string>()
  const isNew = (text: string): boolean => seen.size < seen.add(text).size
  return (template: unknown): unknown => {
    const { Resources, Outputs = {}, ...rest } = Template.parse(template)
    const fresh = (entries: z.infer<typeof Entries>) =>
      Object.entries(entries).filter((entry) => isNew(JSON.stringify(entry)))
    const outputs = Object.fromEntries(fresh(Outputs))
    const kept = new Set<string>()
    // A reference of any kind has the name of the resource as a word of its own.
    const keep = (names: Iterable<string>): void => {
      for (const name of names)
        if (Object.hasOwn(Resources, name) && !kept.has(name)) {
          kept.add(name)
          keep(JSON.stringify(Resources[name]).match(/\w+/g) ?? [])
        }
    }
    keep(fresh(Resources).map(([name]) => name))
    keep(JSON.stringify(outputs).match(/\w+/g) ?? [])
    if (kept.size === 0) return undefined
    const resources = Object.entries(Resources).filter(([name]) => kept.has(name))
    return { ...rest, Resources: Object.fromEntries(resources), Outputs: outputs }
  }
}
