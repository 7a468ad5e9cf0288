//! The one table of roles × actions.
//!
//! An account has one role for good. So no account holds two of the three offices that a node of level 3 keeps apart
//! (GB/T 22239-2019): system administration, security administration and audit.

use crate::values::text_enum;

text_enum! {
    /// What somebody is.
    pub enum Role {
        /// 系统管理员: peers, schedules, the node's health; gives nobody an account and sees no residents.
        SystemAdministrator => "system-administrator",
        /// 安全管理员: accounts, scopes, tokens; connects no peers, reads no journal and sees no residents.
        SecurityAdministrator => "security-administrator",
        /// 经办人 of a committee or sub-district.
        Clerk => "clerk",
        /// 主管 of a district or city: reads what their clerks do, asks peers, signs nothing for them.
        Supervisor => "supervisor",
        /// A landlord, employer, agent or property manager: files reports, sees their own.
        Landlord => "landlord",
        /// A resident: sees their own record and who looked at it.
        Resident => "resident",
        /// 审计管理员: verifies and reads the journal, reviews what others looked at; changes nothing they did.
        Auditor => "auditor",
        /// Another locality's node.
        Peer => "peer",
        /// The node itself.
        System => "system",
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident => $text:literal : [$($role:ident),*]),+ $(,)?) => {
        /// Everything somebody can ask the registry to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $variant),+ }
        impl Action {
            /// All actions, in the table's order.
            pub const ALL: &'static [Action] = &[$(Action::$variant),+];
            /// The action's stable name.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// The roles that may.
            pub const fn roles(self) -> &'static [Role] { match self { $(Self::$variant => &[$(Role::$role),*]),+ } }
        }
    };
}

actions! {
    /// Create, disable and re-invite users; issue and revoke tokens.
    ManageUsers => "manage-users": [SecurityAdministrator, System],
    /// Name the officers who see protected persons.
    NameProtectionOfficers => "name-protection-officers": [SecurityAdministrator, System],
    /// Add peers, change their schedule, generate keys.
    ManagePeers => "manage-peers": [SystemAdministrator, System],
    /// Wrap under the newest node key what older ones wrapped.
    RenewNodeKey => "renew-node-key": [System],
    /// Look at peers, backlog, last success; sync now.
    SeeExchange => "see-exchange": [SystemAdministrator, Clerk, Supervisor, System],
    /// Verify the journal and read it.
    ReadJournal => "read-journal": [Auditor, System],
    /// Look after those who look: alarms, patterns, confidential accesses that wait to open.
    Oversee => "oversee": [Auditor],
    /// Confirm looks drawn for review, or object to them.
    ReviewLooks => "review-looks": [Supervisor, Auditor],
    /// Approve or refuse confidential accesses that another officer asks for.
    ApproveConfidential => "approve-confidential": [Supervisor],
    /// Raise an officer's budget of looks for a day.
    RaiseBudgets => "raise-budgets": [Supervisor, SecurityAdministrator],
    /// Register and change buildings and dwellings.
    RegisterDwellings => "register-dwellings": [Clerk],
    /// Look at buildings and dwellings.
    ReadDwellings => "read-dwellings": [Clerk, Supervisor],
    /// Register landlords and what they answer for.
    RegisterLandlords => "register-landlords": [Clerk],
    /// Look at landlords.
    ReadLandlords => "read-landlords": [Clerk, Supervisor],
    /// Register residents, change and verify their identity.
    RegisterResidents => "register-residents": [Clerk],
    /// Look at residents' open fields and search by exact document.
    ReadResidents => "read-residents": [Clerk, Supervisor],
    /// Hand a person everything on record about them.
    HandOutExtracts => "hand-out-extracts": [Clerk],
    /// Open sealed fields of a resident.
    DiscloseResident => "disclose-resident": [Clerk, Supervisor, System],
    /// Move in, move out, transfer, undo, correct.
    KeepTenancies => "keep-tenancies": [Clerk],
    /// Who lives and lived where.
    ReadTenancies => "read-tenancies": [Clerk, Supervisor],
    /// Say that a tenancy is not so: one's own, or on somebody's word.
    DisputeTenancies => "dispute-tenancies": [Clerk, Resident],
    /// Look at counts without names.
    ReadStatistics => "read-statistics": [Clerk, Supervisor],
    /// Take out the roll of one's own committee as a file.
    ExportRoll => "export-roll": [Clerk],
    /// Look at what was taken out.
    SeeExports => "see-exports": [Clerk, Supervisor, Auditor],
    /// Find the file that a marked row stood in.
    TraceExports => "trace-exports": [Auditor],
    /// File a move-in or move-out.
    FileReports => "file-reports": [Landlord],
    /// Look at one's own reports and dwellings.
    ReadOwnReports => "read-own-reports": [Landlord],
    /// Accept, return, link reports.
    ReviewReports => "review-reports": [Clerk],
    /// Look at reports of one's scope.
    ReadReports => "read-reports": [Clerk, Supervisor],
    /// Record marriages and births, and correct them.
    RecordCivil => "record-civil": [Clerk],
    /// Open marriage and birth records.
    DiscloseCivil => "disclose-civil": [Clerk, Supervisor, System],
    /// Raise, review and lift protections: those of them who are named one by one.
    ProtectResidents => "protect-residents": [Clerk, Supervisor],
    /// Say that something on record is wrong: of oneself, or at somebody's word.
    RaiseDoubts => "raise-doubts": [Clerk, Resident],
    /// Look at what is in doubt, and by when it is to be answered.
    ReadDoubts => "read-doubts": [Clerk, Supervisor],
    /// Decide what is in doubt.
    ResolveDoubts => "resolve-doubts": [Clerk],
    /// Give and withdraw consents on a person's statement.
    KeepConsents => "keep-consents": [Clerk, Resident],
    /// See one's own record and who looked at it.
    ReadOwnRecord => "read-own-record": [Resident],
    /// Ask another locality.
    AskPeers => "ask-peers": [Clerk, Supervisor],
    /// Answer another locality; work on cases.
    AnswerPeers => "answer-peers": [Clerk],
    /// List whom an account, a token or a peer reached.
    ExamineBreaches => "examine-breaches": [Auditor, System],
    /// Hold the deletion of a person's file for a case.
    HoldErasure => "hold-erasure": [Supervisor],
    /// Ask that a person's file be deleted, or take that back: for oneself, or on a person's statement.
    AskErasure => "ask-erasure": [Clerk, Resident],
    /// Forget what is over.
    Forget => "forget": [System],
    /// Tell people what its day has brought, or is about to bring.
    TellPeople => "tell-people": [System],
    /// Send messages into this node's inbox.
    Exchange => "exchange": [Peer, System],
}

impl Role {
    /// Whether this role looks at other people's data for an office: each look is counted.
    pub fn is_officer(self) -> bool {
        matches!(self, Self::Clerk | Self::Supervisor)
    }

    /// Whether the table lets this role do it.
    pub fn may(self, action: Action) -> bool {
        action.roles().contains(&self)
    }
}
