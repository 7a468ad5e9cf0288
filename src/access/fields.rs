//! What can be shown or sent of a person, and how a person can be found: the one vocabulary in which purposes say what
//! they open, requests say what they need, and the journal says what was opened.

use crate::values::text_enum;

text_enum! {
    /// A field of a person's data, a question about it, or a way to find somebody.
    pub enum Field {
        /// Finding a resident by the exact document.
        SearchByDocument => "search-by-document",
        /// Finding a resident by the beginning of the name.
        SearchByName => "search-by-name",
        /// Finding a landlord by the exact paper.
        SearchLandlord => "search-landlord",
        /// The roll of a committee as a file: doors, names, days.
        Roll => "roll",
        /// The list of protected persons.
        ProtectedPersons => "protected-persons",
        /// Taking over the file of somebody who shows their document.
        TakeOver => "take-over",
        /// The name; it is readable in one's scope, and named here where it leaves.
        Name => "name",
        /// The document with its number.
        Document => "document",
        /// The telephone.
        Phone => "phone",
        /// The two persons of a marriage.
        MarriageSpouses => "marriage.spouses",
        /// Its day.
        MarriedOn => "marriage.married_on",
        /// Its place.
        MarriagePlace => "marriage.place",
        /// Its certificate.
        MarriageCertificate => "marriage.certificate",
        /// The child of a birth, with the day of birth.
        BirthChild => "birth.child",
        /// Its place.
        BirthPlace => "birth.place",
        /// The parents.
        BirthParents => "birth.parents",
        /// Its certificate.
        BirthCertificate => "birth.certificate",
        /// Why a record was corrected.
        Because => "because",
        /// Yes or no: does a marriage stand?
        AskMarriageStands => "ask.marriage-stands",
        /// Yes or no: married to the person named?
        AskMarriedTo => "ask.married-to",
        /// Yes or no: born on a day or later?
        AskBornSince => "ask.born-since",
        /// Yes or no: is the person named a parent?
        AskHasParent => "ask.has-parent",
        /// What an inquiry asks.
        InquiryQuestion => "inquiry.question",
        /// What was answered to it.
        InquiryAnswer => "inquiry.answer",
        /// A message that waits for somebody to work on it.
        Message => "message",
    }
}
