/**
 * CloudFormation's intrinsic functions, as far as the synthesized templates use them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 *
 * Pure. Any other function, a dangling reference or an argument of the wrong shape throws.
 */
import { isRecord, type Json } from './schema.ts'

/** The lookups of the functions. Each throws if there is no such thing. */
export type Lookups = {
  ref(name: string): Json
  attribute(logicalId: string, attribute: string): Json
}

const text = (value: Json | undefined, what: string): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`${what} must be text`)
}

const items = (value: Json | undefined, what: string): Json[] => {
  if (Array.isArray(value)) return value
  throw new Error(`${what} must be a list`)
}

const getAtt = (value: Json | undefined, look: Lookups): Json => {
  const [logicalId, ...path] = items(value, 'Fn::GetAtt').map((part) => text(part, 'a part of Fn::GetAtt'))
  return look.attribute(logicalId ?? '', path.join('.'))
}

/** `${Name}` only; the forms with attributes, literals or own variables are refused as unknown names. */
const sub = (value: Json | undefined, look: Lookups): string =>
  text(value, 'the argument of Fn::Sub').replaceAll(/\$\{([^}]+)\}/g, (_, name: string) =>
    text(look.ref(name), `\${${name}} of Fn::Sub`),
  )

const join = (value: Json | undefined, look: Lookups): string => {
  const [separator, list] = items(value, 'the argument of Fn::Join')
  return items(list, 'the list of Fn::Join')
    .map((item) => text(resolveValue(item, look), 'an item of Fn::Join'))
    .join(text(separator, 'the separator of Fn::Join'))
}

const functions: Readonly<Record<string, (value: Json | undefined, look: Lookups) => Json>> = {
  Ref: (value, look) => look.ref(text(value, 'Ref')),
  'Fn::GetAtt': getAtt,
  'Fn::Join': join,
  'Fn::Sub': sub,
}

const resolveRecord = (record: { [key: string]: Json }, look: Lookups): Json => {
  const [[name, argument] = ['', null], ...others] = Object.entries(record)
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
    const apply = functions[name]
    if (!apply) throw new Error(`${name} is not supported`)
    return apply(argument, look)
  }
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, resolveValue(value, look)]))
}

/**
 * Resolves every function in a value. `{{resolve:…}}` references to secrets and parameters are refused:
 * nothing here holds them.
 */
export const resolveValue = (value: Json, look: Lookups): Json => {
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, look))
  if (typeof value === 'string' && value.includes('{{resolve:')) throw new Error(`${value} is not supported`)
  return isRecord(value) ? resolveRecord(value, look) : value
}
