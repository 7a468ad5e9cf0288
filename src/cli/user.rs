//! `anju user`: log-ins, straight in the database.

use std::io::{IsTerminal, Read};

use clap::{Args, Subcommand, builder::PossibleValuesParser, builder::TypedValueParser};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::table::{minute, table};
use super::{Failure, Options, Result, node, value};
use crate::access::passwords::{self, KnownWords};
use crate::access::users::{self, Invitation, Login, NewUser, User};
use crate::access::{Role, Secret, second_factors, sessions};
use crate::error::Error;
use crate::values::{DivisionCode, Label, PageRequest};
use crate::work::Work;

/// The roles of people, as `--role` takes them.
const ROLES: [&str; 7] =
    ["security-administrator", "system-administrator", "auditor", "supervisor", "clerk", "landlord", "resident"];

#[derive(Subcommand)]
pub enum Command {
    /// Make an account and its one-time activation code
    #[command(after_help = "\
Examples:
  anju user invite wang.fang 王芳 --role clerk --scope 130102007029
  anju user invite li.hua 李华 --role supervisor --scope 130102
  anju user invite sun.li 孙丽 --role system-administrator
  anju user invite zhao 赵强 --role landlord --landlord 019a…

The code is shown once. The person sets a password with it, in the browser or with `anju user activate`.")]
    Invite(Invite),
    /// All accounts
    List,
    /// Set a password with an activation code
    #[command(after_help = "\
Examples:
  anju user activate admin ZA8V-AGXN-5Q6L                             asks for the password
  anju user activate admin ZA8V-AGXN-5Q6L --password-stdin < FILE     takes it from the first line")]
    Activate {
        /// Log-in name
        #[arg(value_parser = value::<Login>)]
        login: Login,
        /// The activation code; case, spaces and dashes do not matter
        activation: String,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// End an account, with its sessions and tokens
    Disable {
        /// Log-in name
        #[arg(value_parser = value::<Login>)]
        login: Login,
    },
    /// Make a new activation code: for a lost code, a forgotten password, a locked account
    InviteAgain {
        /// Log-in name
        #[arg(value_parser = value::<Login>)]
        login: Login,
    },
    /// Take away a lost second factor; a new one is set up at the next log-in
    ResetSecondFactor {
        /// Log-in name
        #[arg(value_parser = value::<Login>)]
        login: Login,
    },
    /// End all sessions of an account, or of all accounts
    #[command(group = clap::ArgGroup::new("who").required(true))]
    SignOut {
        /// Log-in name
        #[arg(value_parser = value::<Login>, group = "who")]
        login: Option<Login>,
        /// Everybody
        #[arg(long, group = "who")]
        all: bool,
    },
}

#[derive(Args)]
pub struct Invite {
    /// Log-in name: 3–40 letters, digits, `.`, `-`, `_`
    #[arg(value_parser = value::<Login>)]
    login: Login,
    /// The person's or office's name, as colleagues see it
    #[arg(value_name = "NAME", value_parser = value::<Label>)]
    person: Label,
    /// What they are
    #[arg(long, value_parser = PossibleValuesParser::new(ROLES).try_map(|role| role.parse::<Role>()))]
    role: Role,
    /// The division they act in [default: the node's whole territory]
    #[arg(long, value_name = "CODE", value_parser = value::<DivisionCode>)]
    scope: Option<DivisionCode>,
    /// Which landlord they are, for that role
    #[arg(long, value_name = "ID")]
    landlord: Option<Uuid>,
    /// Which resident they are, for that role
    #[arg(long, value_name = "ID")]
    resident: Option<Uuid>,
}

impl Command {
    pub async fn run(self, options: &Options) -> Result<String> {
        let app = node::open_beside(&options.config()?).await?;
        let mut work = app.system_work().await?;
        let text = match self {
            Self::Invite(new) => invite(&mut work, new).await?,
            Self::List => list(&mut work).await?,
            Self::Activate { login, activation, password_stdin } => {
                // Nobody else waits for the database while somebody types.
                drop(work);
                let password = password(password_stdin)?;
                let hash = passwords::hash(&password, login.as_str(), &KnownWords::of(app.node()))?;
                work = app.system_work().await?;
                users::activate(&mut work, &login, &Secret::presented_code(&activation), &hash).await?;
                format!("{login} can log in now.")
            }
            Self::Disable { login } => {
                let user = find(&mut work, &login).await?;
                users::disable(&mut work, user.id).await?;
                format!("{login} is disabled.")
            }
            Self::InviteAgain { login } => {
                let user = find(&mut work, &login).await?;
                invited(&users::invite_again(&mut work, user.id).await?)
            }
            Self::ResetSecondFactor { login } => {
                let user = find(&mut work, &login).await?;
                second_factors::reset(&mut work, user.id).await?;
                format!("{login} sets up a new second factor at the next log-in, and is told.")
            }
            Self::SignOut { login: Some(login), .. } => {
                let user = find(&mut work, &login).await?;
                sessions::sign_out(&mut work, Some(user.id)).await?;
                format!("{login} is signed out everywhere.")
            }
            Self::SignOut { login: None, .. } => {
                sessions::sign_out(&mut work, None).await?;
                "Everybody is signed out.".to_owned()
            }
        };
        work.commit().await?;
        app.db().close().await;
        Ok(text)
    }
}

async fn invite(work: &mut Work, new: Invite) -> Result<String> {
    let Invite { login, person, role, scope, landlord, resident } = new;
    let scope = match scope {
        Some(scope) => scope,
        None => super::serve::whole(work.node().territory.codes())?,
    };
    let new = NewUser { login, name: person, role, scope, landlord_id: landlord, resident_id: resident };
    Ok(invited(&users::invite(work, new).await?))
}

fn invited(Invitation { user, code }: &Invitation) -> String {
    format!(
        "{login} ({role} in {scope}) sets a password with this code, good for seven days and one use:\n  {code}",
        login = user.login,
        role = user.role,
        scope = user.scope,
        code = code.reveal(),
    )
}

async fn list(work: &mut Work) -> Result<String> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = users::list(work, &PageRequest { after, limit: None }).await?;
        rows.extend(page.items.iter().map(row));
        match page.next.map(|next| next.parse()) {
            Some(Ok(next)) => after = Some(next),
            _ => break,
        }
    }
    Ok(table(["login", "role", "scope", "disabled", "name"], &rows))
}

fn row(user: &User) -> [String; 5] {
    let disabled = user.disabled_at.map_or_else(String::new, minute);
    [user.login.to_string(), user.role.to_string(), user.scope.to_string(), disabled, user.name.to_string()]
}

async fn find(work: &mut Work, login: &Login) -> Result<User> {
    users::credentials(work, login).await?.user.ok_or_else(|| {
        Failure::from(Error::NotFound("user")).next("Please see `anju user list`; a disabled account stays disabled.")
    })
}

/// Asks without showing what is typed, or reads standard input.
fn password(from_stdin: bool) -> Result<Zeroizing<String>> {
    if from_stdin {
        let mut text = Zeroizing::new(String::new());
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new("there is no terminal to ask for the password")
            .next("Please give it on standard input, with --password-stdin."));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(Zeroizing::new);
    let password = ask("New password (10 characters or more): ")?;
    if password != ask("Once more: ")? {
        return Err(Failure::new("the two passwords differ; nothing was changed"));
    }
    Ok(password)
}
