# The pages that landlords, employers, agents and property managers use on a phone.

menu-let = My dwellings
menu-let-reports = Reports and receipts
menu-let-sheet = File a sheet

let = My dwellings
let-move-in = File a move-in
let-move-out = File a move-out
let-none = No dwelling is registered as yours to answer for yet
let-none-next = Please bring your document and the dwelling's papers to the committee; a clerk registers the dwelling to you.
let-returned = Reports returned to you: { $count }. Please put them right and file again
let-file-until = Your own file will be deleted on { $day }.

let-reports = Reports and receipts
let-reports-lead = What you filed. The committee reviews it, registers it, and tells the person.
let-no-reports = Nothing is filed yet
let-no-reports-next = When somebody has moved in or out, file it under "My dwellings".
let-receipt = Receipt
let-state = State
let-kind = Kind
let-filed-at = Filed
let-decided-at = Decided
let-returned-because = Returned because
let-again = File again
let-again-lead = Name and day are filled in as before. Document number and telephone were deleted when the report was returned; please type them again.
let-next-filed = The committee is reviewing it. When you call, please say the receipt's number.
let-next-accepted = The committee accepted and registered it, and told the person. There is nothing left for you to do.
let-next-returned = Please put right what was asked for, and file again.

let-person = Person { $number }
let-document-number = Document number
let-document-hint = May be left empty; type it where you have seen the document
let-more-about = Another document, telephone
let-optional = May be left empty
let-add-person = Add another person
let-who-leaves = Who moved out?
let-somebody-else = Somebody who is not listed
let-moved-in = moved in on { $day }
let-moved-in-on = Day of moving in
let-moved-out-on = Day of moving out
let-moved-out-hint = The first day no longer there
let-lease-until = Lease until
let-what-happens = The committee reviews the report. The person is told, and can dispute it.
let-file = File

let-door = The code on the door
let-door-landlord = This door code is none of the dwellings you answer for. Please check it; if you do answer for this dwelling, ask the committee to register it to you.
let-door-resident = This code is for landlords and employers. You can say in your own pages when you moved in or out.
let-door-clerk = This code is for landlords and employers. Please look the door code up in your own pages.
let-door-supervisor = This code is for landlords and employers. Please look the door code up in your own pages.
let-door-auditor = This code is for landlords and employers.
let-door-system-administrator = This code is for landlords and employers.
let-door-security-administrator = This code is for landlords and employers.
let-door-to-own = Where I live

let-sheet = File a sheet
let-sheet-lead = One sheet at a time, 500 rows at most, filed all or not at all. The same sheet sent again files nothing twice.
let-sheet-one = The first row names the columns:
let-sheet-two = Door code, kind (move-in or move-out), name and day are needed; the other columns may be missing.
let-sheet-three = Select everything in your spreadsheet, copy it, and paste it below.
let-sheet-file = Choose a CSV file
let-sheet-file-hint = It is read into the box below on this device; check it before you send it
let-sheet-rows = The sheet
let-sheet-do = File all
let-sheet-row = Row { $row }
let-sheet-filed = Filed: { $filed }. Filed before: { $known }.
let-sheet-dropped = The column "{ $header }" is no part of the registry and was not read.
let-sheet-ignored = The column "{ $header }" is not known and was not read.
let-sheet-example = Example
let-sheet-example-rows =
    door_code,kind,name,moved_on,lease_until
    7K3M-4ACE,move-in,Wang Xiaoming,2026-11-20,2027-11-19
    7K3M-4ACE,move-out,Li Na,2026-11-19,
let-column-door_code = door_code
let-column-kind = kind
let-column-name = name
let-column-document_kind = document_kind
let-column-document_number = document_number
let-column-phone = phone
let-column-moved_on = moved_on
let-column-lease_until = lease_until
let-column-cells = whole row

said-let-filed = Filed. The receipt is below.
said-let-filed-all = All filed, with a receipt for each person, below.
