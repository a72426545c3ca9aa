import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { FormDialog } from '../shell/form-dialog.tsx'
import { listOf } from '../words/lists.ts'
import { useChooseDevices } from './choose-devices.ts'
import { DeviceIds } from './device-ids.tsx'
import { idFault } from './draft-faults.ts'

const Dialog = ({ id, close }: { id: string; close: () => void }) => {
  const [text, setText] = useState('')
  const choose = useChooseDevices(id)
  const deviceIds = listOf(text)
  const fault = idFault(deviceIds)
  return (
    <FormDialog
      title="Choose devices"
      answer="Choose them"
      close={close}
      isReady={deviceIds.length > 0 && fault === ''}
      busy={choose.isPending}
      submit={() => choose.mutate(deviceIds, { onSettled: close })}
    >
      <DeviceIds
        isFirst
        hint="One per line, or with commas between. Those that are in it already stay."
        fault={fault}
        value={text}
        set={setText}
      />
    </FormDialog>
  )
}

/** Adds devices to a campaign that has not started, or only watches. */
export const ChooseButton = ({ id }: { id: string }) => {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button onClick={() => setAsking(true)}>Choose devices</Button>
      {asking && <Dialog id={id} close={() => setAsking(false)} />}
    </>
  )
}
