import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { useNotifications } from '../shell/notifications.tsx'

const fields = [
  { name: 'dockSn', label: 'Serial number of the dock', hint: 'Letters and digits, as on its label.' },
  { name: 'name', label: 'Name – optional', hint: 'What people call it.' },
  {
    name: 'aircraftSn',
    label: 'Serial number of the aircraft – optional',
    hint: 'Without it logs of the dock alone can be read.',
  },
  { name: 'fleet', label: 'Fleet – optional', hint: 'Who may see it; “default” if empty.' },
] as const
type Values = Record<(typeof fields)[number]['name'], string>
const nothing: Values = { dockSn: '', name: '', aircraftSn: '', fleet: '' }

const useRegister = (done: (dockSn: string) => void) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ dockSn, ...settings }: Values) => {
      const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''))
      return must(api.PUT('/v1/docks/{dockSn}', { params: { path: { dockSn } }, body: given }))
    },
    onSuccess: async ({ dockSn }) => {
      await queries.invalidateQueries({ queryKey: ['docks'] })
      done(dockSn)
    },
    onError: fail,
  })
}

/** Asks for what is needed to register a dock, and shows the dock then. */
export const RegisterDock = ({ close }: { close: () => void }) => {
  const navigate = useNavigate()
  const [values, setValues] = useState(nothing)
  const register = useRegister((dockSn) => void navigate(`/docks/${dockSn}`))
  const isComplete = /^[A-Za-z0-9]{1,32}$/.test(values.dockSn)
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={close}>
          Close
        </Button>
        <Button
          variant="primary"
          disabled={!isComplete}
          loading={register.isPending}
          onClick={() => register.mutate(values)}
        >
          Register
        </Button>
      </SpaceBetween>
    </Box>
  )
  return (
    <Modal visible header="Register a dock" onDismiss={close} footer={buttons} closeAriaLabel="Close">
      <SpaceBetween size="m">
        {fields.map(({ name, label, hint }) => (
          <FormField key={name} label={label} constraintText={hint}>
            <Input
              value={values[name]}
              onChange={({ detail }) => setValues((all) => ({ ...all, [name]: detail.value.trimStart() }))}
            />
          </FormField>
        ))}
      </SpaceBetween>
    </Modal>
  )
}
