//! Lists of indices, one after another in one vector.

/// No group.
pub(super) const NONE: u32 = u32::MAX;

/// Items sorted by the groups they are in.
#[derive(Debug, Clone, Default)]
pub(super) struct Sorted {
    begins: Vec<u32>,
    items: Vec<u32>,
}

impl Sorted {
    /// Empty, with room for so many.
    pub(super) fn with_room(groups: usize, items: usize) -> Self {
        Self { begins: Vec::with_capacity(groups.saturating_add(2)), items: Vec::with_capacity(items) }
    }

    /// The indices up to `count` in the one or two groups that `of` names.
    pub(super) fn by(groups: usize, count: usize, of: impl Fn(usize) -> [u32; 2]) -> Self {
        let mut sorted = Self::default();
        sorted.sort(groups, count, of);
        sorted
    }

    /// Sorts the indices up to `count` into the one or two groups that `of` names.
    pub(super) fn sort(&mut self, groups: usize, count: usize, of: impl Fn(usize) -> [u32; 2]) {
        self.begins.clear();
        self.begins.resize(groups.saturating_add(2), 0);
        let mut sum = 0_u32;
        for item in 0..count {
            for group in of(item).into_iter().filter(|group| *group != NONE) {
                let begin = &mut self.begins[(group as usize).saturating_add(2)];
                *begin = begin.saturating_add(1);
                sum = sum.saturating_add(1);
            }
        }
        self.items.clear();
        self.items.resize(sum as usize, 0);
        let mut begin = 0_u32;
        for place in &mut self.begins {
            begin = begin.saturating_add(*place);
            *place = begin;
        }
        for item in 0..count {
            for group in of(item).into_iter().filter(|group| *group != NONE) {
                let place = &mut self.begins[(group as usize).saturating_add(1)];
                self.items[*place as usize] = item as u32;
                *place = place.saturating_add(1);
            }
        }
    }

    /// The items of a group, in order.
    pub(super) fn of(&self, group: usize) -> &[u32] {
        &self.items[self.begins[group] as usize..self.begins[group.saturating_add(1)] as usize]
    }
}
