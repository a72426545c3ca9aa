import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useSession } from '../session/session.tsx'
import { FormDialog } from '../shell/form-dialog.tsx'
import { type Faults, faultsIn, isMissing } from '../words/faults.ts'
import { idFrom, idRule, isId, listOf } from '../words/lists.ts'
import { type PackageSettings, useMakePackage } from './use-packages.ts'

const kinds = [
  { value: 'firmware', label: 'Firmware of devices', package: 'firmware', machines: 'devices' },
  { value: 'software', label: 'Software of devices', package: 'software', machines: 'devices' },
  {
    value: 'firmware-v1',
    label: 'Firmware of devices that know only the older offer',
    package: 'firmware',
    machines: 'devices',
    offer: 'v1',
  },
  {
    value: 'software-v1',
    label: 'Software of devices that know only the older offer',
    package: 'software',
    machines: 'devices',
    offer: 'v1',
  },
  { value: 'docks', label: 'Firmware of docks or aircraft', package: 'firmware', machines: 'docks' },
] as const satisfies (Pick<PackageSettings, 'package' | 'machines' | 'offer'> &
  Record<'value' | 'label', string>)[]
type Kind = (typeof kinds)[number]
const [usual] = kinds

const texts = { name: '', id: '', version: '', models: '', from: '', customInfo: '' }
type Texts = typeof texts & { fleet: string }

/** Faults in what is typed, shown at once. */
const faultsOfTyped = ({ id, version, from }: Texts): Faults =>
  faultsIn([
    ['id', id === '' || isId(id), idRule],
    ['from', version === '' || !listOf(from).includes(version), 'This is the version of the package itself.'],
  ])

/** Fields without a value, shown when the package is to be created. */
const faultsOfMissing = ({ id, name, version, fleet }: Texts, needsFleet: boolean): Faults =>
  faultsIn([
    ['name', name.trim() !== '', isMissing],
    ['id', id !== '', isMissing],
    ['version', version.trim() !== '', isMissing],
    ['fleet', !needsFleet || fleet !== '', isMissing],
  ])

const settingsOf = ({ package: of, machines, ...kind }: Kind, texts: Texts): PackageSettings => {
  const { name, version, customInfo, fleet } = texts
  const [models, from] = [listOf(texts.models), listOf(texts.from)]
  return {
    name: name.trim(),
    version: version.trim(),
    package: of,
    machines,
    ...(models.length > 0 ? { models } : {}),
    ...(from.length > 0 ? { from } : {}),
    ...(customInfo ? { customInfo } : {}),
    ...('offer' in kind ? { offer: kind.offer } : {}),
    ...(fleet ? { fleet } : {}),
  }
}

type Asked = { name: keyof Texts; label: string; hint: string; many?: boolean }

const before: Asked[] = [
  { name: 'name', label: 'Name', hint: 'What people call it.' },
  {
    name: 'id',
    label: 'ID',
    hint: 'Letters, digits, “-” and “_”. It is part of URLs, and cannot be changed.',
  },
]
const after: Asked[] = [
  { name: 'version', label: 'Version', hint: 'Exactly as devices report it once they run it.' },
  {
    name: 'from',
    label: 'From versions – optional',
    hint: 'One per line. Devices that run another version are not upgraded; if empty, any.',
    many: true,
  },
  {
    name: 'models',
    label: 'Models – optional',
    hint: 'One per line, as devices are registered; if empty, any.',
    many: true,
  },
  { name: 'customInfo', label: 'Info for the device – optional', hint: 'Passed on unchanged.' },
]

/** The form for a package, which is then shown, so that its file can be uploaded. */
export const NewPackageDialog = ({ close }: { close: () => void }) => {
  const { grants } = useSession()
  const navigate = useNavigate()
  const [kind, setKind] = useState<Kind>(usual)
  const needsFleet = !grants.mayInAll('operate')
  const [values, setValues] = useState<Texts>({
    ...texts,
    fleet: needsFleet ? (grants.fleets?.[0] ?? '') : '',
  })
  const [idTyped, setIdTyped] = useState(false)
  const make = useMakePackage(({ id }) => void navigate(`/packages/${id}`))
  const id = idTyped ? values.id : idFrom(values.name)
  const set = (name: keyof Texts, value: string) => {
    if (name === 'id') setIdTyped(true)
    setValues((all) => ({ ...all, [name]: value }))
  }
  const [showsMissing, setShowsMissing] = useState(false)
  const typed = faultsOfTyped({ ...values, id })
  const missing = faultsOfMissing({ ...values, id }, needsFleet)
  const faults: Faults = showsMissing ? { ...missing, ...typed } : typed
  const submit = () => {
    if (Object.keys({ ...missing, ...typed }).length > 0) return setShowsMissing(true)
    return make.mutate({ id, settings: settingsOf(kind, values) })
  }
  const fieldsOf = (asked: readonly Asked[]) =>
    asked.map(({ name, label, hint, many }) => {
      const value = name === 'id' ? id : values[name]
      return (
        <FormField key={name} label={label} constraintText={hint} errorText={faults[name] ?? ''}>
          {many ? (
            <Textarea rows={2} value={value} onChange={({ detail }) => set(name, detail.value)} />
          ) : (
            <Input
              autoFocus={name === 'name'}
              value={value}
              onChange={({ detail }) => set(name, detail.value.trimStart())}
            />
          )}
        </FormField>
      )
    })
  const fleet: Asked = {
    name: 'fleet',
    label: needsFleet ? 'Fleet' : 'Fleet – optional',
    hint: 'Only campaigns of this fleet may use it; if empty, all.',
  }
  return (
    <FormDialog
      title="Create a package"
      answer="Create the package"
      isReady
      close={close}
      busy={make.isPending}
      submit={submit}
    >
      {fieldsOf(before)}
      <FormField label="What it upgrades">
        <Select
          selectedOption={kind}
          options={[...kinds]}
          onChange={({ detail: { selectedOption } }) =>
            setKind(kinds.find(({ value }) => value === selectedOption.value) ?? usual)
          }
        />
      </FormField>
      {fieldsOf([...after, fleet])}
    </FormDialog>
  )
}
