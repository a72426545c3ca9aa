/**
 * CloudFormation's intrinsic functions.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 *
 * Pure. An unknown function, a reference that leads nowhere or an argument of the wrong shape throws.
 */
import { isRecord, type Json } from './schema.ts'

/** What the functions look up. Each throws if there is no such thing. */
export type Lookups = {
  ref(name: string): Json
  attribute(logicalId: string, attribute: string): Json
  condition(name: string): boolean
  mapping(map: string, first: string, second: string): Json
}

/** `AWS::NoValue`: the property or item that holds it is left out. */
export const noValue = Symbol('AWS::NoValue')
export type Resolved = Json | typeof noValue

/** Resolves a value within the lookups given. */
type Resolve = (value: Json | undefined) => Resolved

const text = (value: Resolved | undefined, what: string): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`${what} must be text`)
}

const items = (value: Resolved | undefined, what: string): Json[] => {
  if (Array.isArray(value)) return value
  throw new Error(`${what} must be a list`)
}

/** The arguments of a function as written, of which there must be `count`. */
const given = (value: Json | undefined, count: number, name: string): Json[] => {
  const list = items(value, `the argument of ${name}`)
  if (list.length !== count) throw new Error(`${name} takes ${count} arguments`)
  return list
}

const getAtt = (value: Json | undefined, look: Lookups): Json => {
  const [logicalId = '', ...path] = typeof value === 'string' ? value.split('.') : items(value, 'Fn::GetAtt')
  return look.attribute(text(logicalId, 'Fn::GetAtt'), path.map((part) => text(part, 'Fn::GetAtt')).join('.'))
}

/** `${Name}`, `${Name.Attribute}`, `${!Literal}`, and in the long form variables of its own. */
const sub = (value: Json | undefined, look: Lookups, resolve: Resolve): string => {
  const [template, variables] = Array.isArray(value) ? given(value, 2, 'Fn::Sub') : [value, {}]
  const own = isRecord(variables) ? variables : {}
  return text(template ?? '', 'Fn::Sub').replaceAll(
    /\$\{(!?)([^}]+)\}/g,
    (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (Object.hasOwn(own, name)) return text(resolve(own[name]), `\${${name}} of Fn::Sub`)
      return text(name.includes('.') ? getAtt(name, look) : look.ref(name), `\${${name}} of Fn::Sub`)
    },
  )
}

const select = (value: Json | undefined, resolve: Resolve): Json => {
  const [index, list] = given(value, 2, 'Fn::Select').map(resolve)
  const found = items(list, 'the list of Fn::Select')[Number(index)]
  if (found === undefined) throw new Error(`Fn::Select has no item ${String(index)}`)
  return found
}

const join = (value: Json | undefined, resolve: Resolve): string => {
  const [separator, list] = given(value, 2, 'Fn::Join').map(resolve)
  return items(list, 'the list of Fn::Join')
    .map((item) => text(item, 'an item of Fn::Join'))
    .join(text(separator, 'the separator of Fn::Join'))
}

const split = (value: Json | undefined, resolve: Resolve): string[] => {
  const [separator, source] = given(value, 2, 'Fn::Split').map(resolve)
  return text(source, 'the source of Fn::Split').split(text(separator, 'the separator of Fn::Split'))
}

const choose = (value: Json | undefined, look: Lookups, resolve: Resolve): Resolved => {
  const [condition, whenTrue, whenFalse] = given(value, 3, 'Fn::If')
  return resolve(look.condition(text(condition, 'the condition of Fn::If')) ? whenTrue : whenFalse)
}

const findInMap = (value: Json | undefined, look: Lookups, resolve: Resolve): Json => {
  const [map, first, second] = given(value, 3, 'Fn::FindInMap').map((key) =>
    text(resolve(key), 'a key of Fn::FindInMap'),
  )
  return look.mapping(map ?? '', first ?? '', second ?? '')
}

const functions: Readonly<
  Record<string, (value: Json | undefined, look: Lookups, resolve: Resolve) => Resolved>
> = {
  Ref: (value, look) => (value === 'AWS::NoValue' ? noValue : look.ref(text(value, 'Ref'))),
  'Fn::GetAtt': getAtt,
  'Fn::Join': (value, _, resolve) => join(value, resolve),
  'Fn::Sub': sub,
  'Fn::Select': (value, _, resolve) => select(value, resolve),
  'Fn::Split': (value, _, resolve) => split(value, resolve),
  'Fn::If': choose,
  'Fn::FindInMap': findInMap,
}

const resolveRecord = (record: { [key: string]: Json }, look: Lookups, resolve: Resolve): Resolved => {
  const [first, ...others] = Object.keys(record)
  if (first !== undefined && others.length === 0 && (first === 'Ref' || first.startsWith('Fn::'))) {
    const apply = functions[first]
    if (!apply) throw new Error(`${first} is not supported`)
    return apply(record[first], look, resolve)
  }
  const resolved: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(record)) {
    const result = resolve(value)
    if (result !== noValue) resolved[key] = result
  }
  return resolved
}

/**
 * Resolves every function in a value. `{{resolve:…}}` references to secrets and parameters are refused:
 * nothing here holds them.
 */
export const resolveValue = (value: Json | undefined, look: Lookups): Resolved => {
  const resolve: Resolve = (inner) => resolveValue(inner, look)
  if (value === undefined) return noValue
  if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== noValue)
  if (typeof value === 'string' && value.includes('{{resolve:')) throw new Error(`${value} is not supported`)
  return isRecord(value) ? resolveRecord(value, look, resolve) : value
}

/** Evaluates a condition: Fn::Equals, And, Or, Not, and the names of other conditions. */
export const resolveCondition = (value: Json | undefined, look: Lookups): boolean => {
  if (!isRecord(value) || Object.keys(value).length !== 1) throw new Error('a condition must be one function')
  const [[name, argument] = ['', null]] = Object.entries(value)
  const every = () => items(argument, name).map((part) => resolveCondition(part, look))
  switch (name) {
    case 'Condition':
      return look.condition(text(argument, 'Condition'))
    case 'Fn::Equals': {
      const [left, right] = given(argument, 2, name).map((part) => resolveValue(part, look))
      return text(left, name) === text(right, name)
    }
    case 'Fn::And':
      return every().every(Boolean)
    case 'Fn::Or':
      return every().some(Boolean)
    case 'Fn::Not':
      return !every().some(Boolean)
    default:
      throw new Error(`${name} is not supported in a condition`)
  }
}
