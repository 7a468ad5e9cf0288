# What stands around every page, log-in, activation, the matter at hand. The rooms' texts are in files of their own.

name = anju
skip = Skip to the content
place = Place
menu = Menu
menu-account = My account
sign-in = Log in
sign-out = Log out
undo = Undo
next-page = Next page
please-choose = Please choose
to-start = Back to the start
verify-log = Verify a log offline
request-id = Request id

login = Log-in name
password = Password
new-password = New password
new-password-hint = 10 to 128 characters of any script; common and leaked passwords are not taken
one-time-code = One-time code
one-time-code-hint = The six digits that the authenticator app shows, or a recovery code
have-a-code = Have an activation code? Start here
activate = Activate an account
activate-lead = The activation code is printed on the receipt or invitation and works once.
activate-do = Activate
activation-code = Activation code
activation-code-hint = Case, spaces and dashes do not matter

matter = The matter at hand
matter-lead = Every look and every search names its purpose, its legal basis and a case reference, and the person sees it. What is chosen here goes with each until another is chosen.
matter-now = Working on
matter-none = Choose the matter at hand
matter-choose = Choose the matter
matter-purpose = Purpose and basis
matter-case = Case reference
matter-case-hint = The office's own number of the file, such as 2026-0312
matter-do = Work on this

role-system-administrator = system administrator
role-security-administrator = security administrator
role-clerk = clerk
role-supervisor = supervisor
role-landlord = landlord
role-resident = resident
role-auditor = auditor

said-activated = The account is active. Please log in.

specimens = Parts of pages

# Words that several rooms share.
dwelling = Dwelling
door-code = Door code
person-name = Name
phone = Telephone
print = Print
document-kind = Document
document-kind-citizen-id = Resident identity card
document-kind-hk-macao-residence-permit = Residence permit (Hong Kong, Macao)
document-kind-taiwan-residence-permit = Residence permit (Taiwan)
document-kind-foreign-permanent-residence = Foreign permanent resident identity card
document-kind-passport = Passport
document-kind-birth-certificate = Medical certificate of birth
document-kind-other = Another document
report-kind-move-in = Move-in
report-kind-move-out = Move-out
report-state-filed = Waiting for review
report-state-accepted = Accepted
report-state-returned = Returned
