import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useEffect, useState } from 'react'

type Props = { label: string; given: string | undefined; found: (text: string) => void }

/** A search text, applied with Enter, or when the field loses the focus. */
export const TextField = ({ label, given = '', found }: Props) => {
  const [text, setText] = useState(given)
  useEffect(() => setText(given), [given])
  const look = () => {
    if (text.trim() !== given) found(text.trim())
  }
  return (
    <FormField label={label}>
      <Input
        value={text}
        placeholder="Any"
        onChange={({ detail }) => setText(detail.value)}
        onBlur={look}
        onKeyDown={({ detail }) => detail.key === 'Enter' && look()}
      />
    </FormField>
  )
}
