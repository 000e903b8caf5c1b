/** A browser for $BROWSER: opens the address it is given and signs in with the name and password of its environment. */
import { BrowserPerson } from './browser-person.ts'

const { PERSON_NAME: name = '', PERSON_PASSWORD: password = '' } = process.env
await new BrowserPerson({ name, password }).open(process.argv[2] ?? '')
