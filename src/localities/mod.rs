//! localities
use crate::values::*;
#[derive(Debug, Clone)]
pub struct Territory(Vec<DivisionCode>);
impl Territory {
    pub fn new(codes: impl IntoIterator<Item = DivisionCode>) -> Result<Self, Malformed> {
        Ok(Self(codes.into_iter().collect()))
    }
    pub fn seat(&self) -> LocalityCode {
        self.0[0].locality().unwrap()
    }
    pub fn covers(&self, c: &DivisionCode) -> bool {
        self.0.iter().any(|t| t.covers(c))
    }
    pub fn codes(&self) -> &[DivisionCode] {
        &self.0
    }
}
#[derive(Debug, Clone)]
pub struct Calendar;
impl Calendar {
    pub fn built_in() -> &'static Self {
        &Calendar
    }
}
impl Territory {
    pub fn counties(&self) -> Vec<LocalityCode> {
        vec![self.seat()]
    }
}
