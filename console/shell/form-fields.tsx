import { useSession } from '../session/session.tsx'
import { Field } from './field.tsx'

type Shown<Name extends string> = { name: Name; label: string; hint: string; many?: boolean }

type Props<Name extends string> = {
  fields: readonly Shown<Name>[]
  hidden: readonly Name[]
  values: Record<Name, string>
  faults: Record<Name, string>
  set: (values: Record<Name, string>) => void
}

/** The fields of a form, one below the other, without the hidden ones. */
export const FormFields = <Name extends string>({ fields, hidden, values, faults, set }: Props<Name>) =>
  fields
    .filter(({ name }) => !hidden.includes(name))
    .map(({ name, ...field }, place) => (
      <Field
        key={name}
        {...field}
        isFirst={place === 0}
        fault={faults[name]}
        value={values[name]}
        set={(value) => set({ ...values, [name]: value })}
      />
    ))

export const isRight = (faults: Record<string, string>): boolean =>
  Object.values(faults).every((one) => one === '')

/** Only administrators of all fleets choose the fleet. */
export const useHiddenFleet = (): readonly 'fleet'[] => {
  const { grants } = useSession()
  return grants.mayInAll('admin') ? [] : ['fleet']
}
