import { storage } from "../page/device.js"
import { takeLeave } from "../page/sign_out.js"

takeLeave({ user: Number(document.body.dataset.me), storage: storage() })
