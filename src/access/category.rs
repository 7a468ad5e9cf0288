//! What kind of work a purpose belongs to: as much as somebody may know of another person's case.

use crate::values::text_enum;

text_enum! {
    /// A kind of work.
    pub enum Category {
        /// 居住登记: registering residence and identity.
        Registration => "registration",
        /// 婚育登记: keeping marriage and birth records.
        CivilStatus => "civil-status",
        /// 公共服务: providing services and benefits.
        PublicService => "public-service",
        /// 两地互通: keeping localities up to date with each other.
        Exchange => "exchange",
        /// 本人申请: at the person's own request.
        OwnRequest => "own-request",
        /// 其他: anything else on the locality's list.
        Other => "other",
    }
}
